import { readdir } from 'node:fs/promises';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { orNull } from '../files/storage-failure.js';
import { insideRoot, type TreePaths } from './paths.js';

/** Directories of a CoprDir that are no chroots (docs/neighbours/storage.md#tree). */
const NO_CHROOTS = new Set<string>([SOURCE_CHROOT, 'modules', 'repodata', 'pinned']);

/** Names of the chroot directories of a directory of a project, sorted. */
export async function chrootsIn(
  paths: TreePaths,
  of: { readonly owner: string; readonly dirname: string },
): Promise<readonly string[]> {
  await insideRoot(paths, paths.project(of));
  return directoriesIn(paths.project(of), (name) => isSafeName(name) && !NO_CHROOTS.has(name));
}

/** Names of the build directories of a chroot directory, sorted. */
export async function buildsIn(paths: TreePaths, of: RepositoryId): Promise<readonly string[]> {
  await insideRoot(paths, paths.chroot(of));
  return directoriesIn(paths.chroot(of), (name) => isSafeName(name) && /^\d{8,}-/.test(name));
}

async function directoriesIn(directory: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && isWanted(entry.name))
    .map(({ name }) => name)
    .sort();
}
