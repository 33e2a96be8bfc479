import { lstat, opendir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Removal, RemovalWatch } from '../../ports/project/trash.js';
import { orNull } from '../files/storage-failure.js';

/** Number of files between two reports of progress and checks of the signal. */
const STEP = 500;

/**
 * Removes a file or a whole directory, never through a link; stops when `watch` says so, and a later call continues.
 */
export async function removeTree(target: string, watch: RemovalWatch): Promise<Removal> {
  let removed = 0;
  const enough = (): boolean => removed >= watch.atMost || watch.signal?.aborted === true;

  async function remove(file: string): Promise<boolean> {
    const stats = await orNull(lstat(file));
    if (stats === null) return true;
    if (!stats.isDirectory()) {
      if (enough()) return false;
      await orNull(unlink(file));
      removed += 1;
      if (removed % STEP === 0) watch.onProgress?.(removed);
      return true;
    }
    for await (const entry of await opendir(file)) {
      if (!(await remove(path.join(file, entry.name)))) return false;
    }
    await orNull(rmdir(file));
    return true;
  }

  const done = await remove(target);
  return { removed, done };
}
