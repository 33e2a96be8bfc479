import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectId } from '../../contracts/names/ids.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { orNull } from '../files/storage-failure.js';

/**
 * Sorted entries of any kind below the owner that have the name of one of the project's directories; the main one comes
 * first.
 */
export async function entriesOfProject(root: string, { owner, project }: ProjectId): Promise<readonly string[]> {
  const names = (await orNull(readdir(path.join(root, owner)))) ?? [];
  return names.filter((name) => isSafeName(name) && projectOfDirname(name) === project).sort();
}
