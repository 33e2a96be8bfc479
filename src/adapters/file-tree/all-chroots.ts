import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { TreePaths } from './paths.js';
import { chrootsIn } from './chroots-and-builds.js';
import { directoriesIn } from './directories.js';

/** Every chroot directory of the tree or of one CoprDir, sorted by name. */
export async function* allChroots(
  paths: TreePaths,
  of: { readonly owner: string; readonly dirname: string } | null,
): AsyncGenerator<RepositoryId> {
  const look = <T>(work: () => Promise<T>): Promise<T> => paths.within(`${paths.root} cannot be read`, work);
  const namesBelow = (...names: readonly string[]): Promise<readonly string[]> =>
    look(() => directoriesIn(path.join(paths.root, ...names)));
  for (const owner of of === null ? await namesBelow() : [of.owner]) {
    for (const dirname of of === null ? await namesBelow(owner) : [of.dirname])
      for (const chroot of await look(() => chrootsIn(paths, { owner, dirname }))) yield { owner, dirname, chroot };
  }
}
