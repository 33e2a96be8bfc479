import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { withStorage } from '../files/storage-failure.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;

/** Name of a copy: short, because the package's own name may have the maximum length. */
const newName = (): string => `.own-${randomUUID()}`;
const IS_COPY = /^\.own-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Makes sure that each of the files has no other hard link: a copy replaces one that has. rpmsign writes into the file
 * if it has room for the signature, and so into every sibling (docs/tool-behaviour.md). Copies that a killed call left
 * beside the files are removed first. If that call is still alive, it fails at its rename.
 */
export async function haveOwnFiles(files: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  for (const directory of new Set(files.map((file) => path.dirname(file)))) {
    signal?.throwIfAborted();
    await withStorage(`${directory}: copies of an earlier signing cannot be removed`, () => removeCopies(directory));
  }
  for (const file of files) {
    signal?.throwIfAborted();
    await withStorage(`${path.basename(file)} cannot be copied before it is signed`, () => haveOwnFile(file));
  }
}

/** Recursive, because a builder may have sent a directory with such a name. */
async function removeCopies(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (IS_COPY.test(name)) await rm(path.join(directory, name), { recursive: true, force: true });
}

async function haveOwnFile(file: string): Promise<void> {
  const { nlink, atime, mtime } = await lstat(file);
  if (nlink === 1) return;
  const copy = path.join(path.dirname(file), newName());
  try {
    await copyFile(file, copy, COPYFILE_EXCL | COPYFILE_FICLONE);
    await utimes(copy, atime, mtime);
    await rename(copy, file);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}
