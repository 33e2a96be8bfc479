import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { directoriesIn } from './directories.js';
import { insideRoot, type TreePaths } from './paths.js';

/** Directories of a CoprDir that are not chroots (docs/neighbours/storage.md#tree). */
const NO_CHROOTS = new Set<string>([SOURCE_CHROOT, 'modules', 'repodata', 'pinned']);

/** Names of the chroot directories of a directory of a project, sorted. */
export async function chrootsIn(
  paths: TreePaths,
  of: { readonly owner: string; readonly dirname: string },
): Promise<readonly string[]> {
  await insideRoot(paths, paths.project(of));
  return directoriesIn(paths.project(of), (name) => !NO_CHROOTS.has(name));
}

/** Names of the build directories of a chroot directory, sorted. */
export async function buildsIn(paths: TreePaths, of: RepositoryId): Promise<readonly string[]> {
  await insideRoot(paths, paths.chroot(of));
  return directoriesIn(paths.chroot(of), (name) => /^\d{8,}-/.test(name));
}
