import { lstat, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../../files/atomic-file.js';
import { exists, statOf } from '../../files/entries.js';
import { createTreePaths, insideRoot } from '../../file-tree/paths.js';
import { listPins } from '../generations/pins.js';
import { withPublisherLock } from './publisher-lock.js';

export type ChrootRename = {
  readonly owner: string;
  readonly dirname: string;
  readonly from: string;
  readonly to: string;
};

/** Why a chroot directory keeps its name; null: it can be renamed, or was. */
type Refusal = string | null;

/** Gives a chroot directory another name, under which its old URLs still work: the old name becomes a link to it. */
export type ChrootRenamer = {
  /** True if there is a directory of that name; a link has been renamed before. */
  readonly isThere: (of: ChrootRename) => Promise<boolean>;
  /** Looks, and changes nothing. */
  readonly refusal: (of: ChrootRename) => Promise<Refusal>;
  readonly rename: (of: ChrootRename) => Promise<Refusal>;
};

/** `ChrootRenamer` in the results tree. Nobody publishes the directory meanwhile. Rejects with PortFailure. */
export function createChrootRenamer({ destdir }: { readonly destdir: string }): ChrootRenamer {
  const paths = createTreePaths(destdir);
  const placesOf = ({ owner, dirname, from, to }: ChrootRename): { readonly old: string; readonly next: string } => ({
    old: paths.chroot({ owner, dirname, chroot: from }),
    next: paths.chroot({ owner, dirname, chroot: to }),
  });

  async function refusal(of: ChrootRename): Promise<Refusal> {
    const { old, next } = placesOf(of);
    await insideRoot(paths, old);
    if (await exists(next)) return `${next} exists already`;
    const pins = await listPins(paths, { owner: of.owner, dirname: of.dirname, chroot: of.from });
    return pins.length === 0 ? null : `${old} has pinned generations: unpin them first`;
  }

  return {
    isThere: (of) =>
      paths.within(`${placesOf(of).old} cannot be read`, async () => {
        return (await statOf(placesOf(of).old))?.isDirectory() === true;
      }),
    refusal: (of) => paths.within(`${placesOf(of).old} cannot be read`, () => refusal(of)),
    rename: (of) => {
      const { old, next } = placesOf(of);
      return paths.within(`${old} cannot be renamed`, () =>
        withPublisherLock(paths, { owner: of.owner, dirname: of.dirname, chroot: of.from }, {}, async () => {
          const why = await refusal(of);
          if (why !== null) return why;
          if (!(await lstat(old)).isDirectory()) return `${old} is not a directory any more`;
          await rename(old, next);
          await symlink(of.to, old);
          await syncDirectory(path.dirname(old));
          return null;
        }),
      );
    },
  };
}
