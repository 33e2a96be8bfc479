import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { orRefused } from '../../ports/or-refused.js';
import type { LeftoverTree, TreeDirectory } from '../../ports/maintenance/leftovers.js';
import type { Trash } from '../../ports/project/trash.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
import { directoriesIn, ownersIn } from '../file-tree/directories.js';
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
    directories: (signal, refused) => directoriesOf(paths, signal, refused),
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

type Refused = (line: string) => void;

async function* directoriesOf(paths: TreePaths, signal: AbortSignal, refused: Refused): AsyncGenerator<TreeDirectory> {
  const owners = await paths.within(`${paths.root} cannot be read`, () => ownersIn(paths.root));
  const below = (...names: readonly string[]): Promise<readonly string[]> =>
    reading(paths, names, { work: directoriesIn, refused });
  for (const owner of owners) {
    for (const dirname of await below(owner)) {
      signal.throwIfAborted();
      yield* found(paths, 'project', [owner, dirname], refused);
      const work = (): Promise<readonly string[]> => chrootsIn(paths, { owner, dirname });
      for (const chroot of await reading(paths, [owner, dirname], { work, refused })) {
        signal.throwIfAborted();
        yield* found(paths, 'chroot', [owner, dirname, chroot], refused);
        for (const build of await below(owner, dirname, chroot))
          if (/^\d{8,}-/.test(build)) yield* found(paths, 'build', [owner, dirname, chroot, build], refused);
      }
    }
  }
}

/** The findings of `work` in a directory; none if it cannot be read. */
async function reading<T>(
  paths: TreePaths,
  names: readonly string[],
  { work, refused }: { readonly work: (place: string) => Promise<readonly T[]>; readonly refused: Refused },
): Promise<readonly T[]> {
  const place = path.join(paths.root, ...names);
  const found = paths.within(`${place} cannot be read`, () => work(place));
  return (await orRefused(found, refused)) ?? [];
}

/** The directories in `parent`, hidden ones too, with what tells them from later ones. */
async function* found(
  paths: TreePaths,
  level: TreeDirectory['level'],
  parent: readonly string[],
  refused: Refused,
): AsyncGenerator<TreeDirectory> {
  const work = async (place: string): Promise<readonly Entry[]> => {
    const entries: Entry[] = [];
    for (const entry of (await orNull(readdir(place, { withFileTypes: true }))) ?? []) {
      if (!entry.isDirectory() || entry.name === SOURCE_CHROOT) continue;
      const stats = await statOf(path.join(place, entry.name));
      if (stats !== null) entries.push({ name: entry.name, changedAt: stats.ctimeMs, inode: stats.ino });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  for (const { name, ...stats } of await reading(paths, parent, { work, refused }))
    yield { names: [...parent, name], level, ...stats };
}

type Entry = Pick<TreeDirectory, 'changedAt' | 'inode'> & { readonly name: string };
