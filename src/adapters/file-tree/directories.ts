import { readdir } from 'node:fs/promises';
import { isSafeName } from '../../domain/names/safe-name.js';
import { orNull } from '../files/storage-failure.js';

/** The directory for files that a check of a file system finds without a name. */
export const LOST_AND_FOUND = 'lost+found';

/** Names of the owners' directories, sorted. A file system keeps `lost+found` at its own root, for root alone. */
export function ownersIn(root: string): Promise<readonly string[]> {
  return directoriesIn(root, (name) => name !== LOST_AND_FOUND);
}

/** Sorted names of the safe and wanted directories in `directory`, without links; empty if it does not exist. */
export async function directoriesIn(
  directory: string,
  isWanted: (name: string) => boolean = () => true,
): Promise<readonly string[]> {
  const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && isSafeName(entry.name) && isWanted(entry.name))
    .map(({ name }) => name)
    .sort();
}
