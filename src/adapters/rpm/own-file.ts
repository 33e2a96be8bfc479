import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { withStorage } from '../files/storage-failure.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;

/**
 * Makes each of the files one that no other name leads to: a copy takes the place of one that has more hard links. rpmsign
 * writes into the file where the signature has room in it, and so into every sibling (docs/tool-behaviour.md).
 */
export async function haveOwnFiles(files: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  for (const file of files) {
    signal?.throwIfAborted();
    await withStorage(`${path.basename(file)} cannot be copied before it is signed`, () => haveOwnFile(file));
  }
}

async function haveOwnFile(file: string): Promise<void> {
  const { nlink, atime, mtime } = await lstat(file);
  if (nlink === 1) return;
  const copy = path.join(path.dirname(file), `.own-${randomUUID()}`);
  try {
    await copyFile(file, copy, COPYFILE_EXCL | COPYFILE_FICLONE);
    await utimes(copy, atime, mtime);
    await rename(copy, file);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}
