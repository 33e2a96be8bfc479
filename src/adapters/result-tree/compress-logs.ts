import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncDirectory, syncFile, temporaryName } from '../files/atomic-file.js';
import { exists, statOf } from '../files/entries.js';
import { BACKEND_LOG, LIVE_LOG } from '../file-tree/own-names.js';

const LOGS = [LIVE_LOG, BACKEND_LOG, 'fedora-review/fedora-review.log'];

/**
 * gzips the logs in place. The plain file is removed last, so a crash leaves both, and the next call makes the `.gz`
 * again from the plain one; with `keepsOpen` the plain backend.log stays on purpose. A missing directory has no logs.
 * Returns the names that are compressed now.
 */
export async function compressLogsIn(directory: string, keepsOpen: boolean): Promise<readonly string[]> {
  const compressed: string[] = [];
  for (const log of LOGS) {
    const file = path.join(directory, log);
    if ((await statOf(path.dirname(file)))?.isDirectory() !== true) continue;
    if ((await statOf(file))?.isFile() === true) await compressFile(file, keepsOpen && log === BACKEND_LOG);
    if (await exists(`${file}.gz`)) compressed.push(`${log}.gz`);
  }
  return compressed;
}

/** gzips a file in place, as above; the plain file stays if `isKept`. Rejects with the system's error. */
export async function compressFile(file: string, isKept = false): Promise<void> {
  const target = `${file}.gz`;
  const temporary = temporaryName(target);
  try {
    const source = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const sink = await open(temporary, 'wx', 0o644);
    await pipeline(source.createReadStream(), createGzip(), sink.createWriteStream());
    await syncFile(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
  if (!isKept) await rm(file);
}
