import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from './storage-failure.js';

/**
 * Makes `directory` and what is missing above it, with this mode; where it stands already, nothing. `below` itself is not
 * made: without it everything is. Rejects with what the system answered. Node's recursive mkdir does not: it asks what
 * stands there, and a file system that is read-only, over quota or broken ends as ENOENT.
 */
export async function makeDirectories(
  directory: string,
  options: { readonly mode: number; readonly below?: string },
): Promise<void> {
  try {
    await mkdir(directory, { mode: options.mode });
  } catch (error) {
    if (await isDirectory(directory)) return;
    const parent = path.dirname(directory);
    if (errnoOf(error) !== 'ENOENT' || parent === directory || parent === options.below) throw error;
    await makeDirectories(parent, options);
    await makeDirectories(directory, { ...options, below: parent });
  }
}

async function isDirectory(place: string): Promise<boolean> {
  return stat(place).then(
    (stats) => stats.isDirectory(),
    // The first refusal says more than this one.
    () => false,
  );
}
