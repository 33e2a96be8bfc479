import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { LeftoverTree, TreeDirectory } from '../../ports/maintenance/leftovers.js';
import type { Trash } from '../../ports/project/trash.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
import { directoriesIn } from '../file-tree/directories.js';
import { createTreePaths, insideRoot, type TreePaths } from '../file-tree/paths.js';
import { statOf } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';

/** Who put a directory into the trash. */
const BY = 'resultdir-cleaner';

/** `LeftoverTree` over the results tree and its trash. */
export function createLeftoverTree(deps: {
  readonly destdir: string;
  readonly trash: Pick<Trash, 'discard'>;
}): LeftoverTree {
  const paths = createTreePaths(deps.destdir);
  const placeOf = ({ names }: Pick<TreeDirectory, 'names'>): string => path.join(paths.root, ...names);
  return {
    directories: (signal) => directoriesOf(paths, signal),
    namesIn: (directory) =>
      paths.within(`${placeOf(directory)} cannot be read`, async () =>
        ((await orNull(readdir(placeOf(directory)))) ?? []).sort(),
      ),
    discard: async (directory, signal) => {
      const place = placeOf(directory);
      const isSame = await paths.within(`${place} cannot be read`, async () => {
        await insideRoot(paths, place);
        const stats = await statOf(place);
        return stats?.ino === directory.inode && stats.ctimeMs === directory.changedAt;
      });
      if (!isSame) return 'kept';
      await deps.trash.discard(directory.names, BY, { atMost: Number.POSITIVE_INFINITY, signal });
      return 'discarded';
    },
  };
}

async function* directoriesOf(paths: TreePaths, signal: AbortSignal): AsyncGenerator<TreeDirectory> {
  for (const owner of await namesBelow(paths, [])) {
    for (const dirname of await namesBelow(paths, [owner])) {
      signal.throwIfAborted();
      yield* found(paths, 'project', [owner, dirname]);
      const chroots = await paths.within(`${owner}/${dirname} cannot be read`, () =>
        chrootsIn(paths, { owner, dirname }),
      );
      for (const chroot of chroots) {
        signal.throwIfAborted();
        yield* found(paths, 'chroot', [owner, dirname, chroot]);
        for (const build of await namesBelow(paths, [owner, dirname, chroot]))
          if (/^\d{8,}-/.test(build)) yield* found(paths, 'build', [owner, dirname, chroot, build]);
      }
    }
  }
}

function namesBelow(paths: TreePaths, names: readonly string[]): Promise<readonly string[]> {
  const place = path.join(paths.root, ...names);
  return paths.within(`${place} cannot be read`, () => directoriesIn(place));
}

/** The directories in `parent`, hidden ones too, with what tells them from later ones. */
async function* found(
  paths: TreePaths,
  level: TreeDirectory['level'],
  parent: readonly string[],
): AsyncGenerator<TreeDirectory> {
  const place = path.join(paths.root, ...parent);
  const entries = await paths.within(`${place} cannot be read`, async () => {
    const all = (await orNull(readdir(place, { withFileTypes: true }))) ?? [];
    return all.filter((entry) => entry.isDirectory() && entry.name !== SOURCE_CHROOT);
  });
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const stats = await paths.within(`${path.join(place, name)} cannot be read`, () => statOf(path.join(place, name)));
    if (stats !== null) yield { names: [...parent, name], level, changedAt: stats.ctimeMs, inode: stats.ino };
  }
}
