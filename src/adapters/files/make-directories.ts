import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from './storage-failure.js';

/**
 * Creates `directory` and its missing parents with this mode; does nothing if it exists. Never creates `below` itself;
 * without `below` it creates all parents. Rejects with the system's error. Node's recursive mkdir does not: for a file
 * system that is read-only, over quota or broken it reports ENOENT.
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
    // The first error says more than this one.
    () => false,
  );
}
