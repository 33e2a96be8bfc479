import { readdir } from 'node:fs/promises';
import { isSafeName } from '../../domain/names/safe-name.js';
import { orNull } from '../files/storage-failure.js';

/** Names of the directories in `directory` that are safe and wanted, sorted; none where it does not exist, and no links. */
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
