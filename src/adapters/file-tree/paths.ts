import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isSafeName } from '../../domain/names/safe-name.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPlace } from '../../ports/build/build-place.js';
import { refuseDeleted, refuseDeletedChroot } from './deletions.js';
import { exists } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { createMountedRoot, type Within } from './mounted-root.js';
import { forgetRenames } from './renames.js';
import { orNull } from '../files/storage-failure.js';

/**
 * Paths below the results root (docs/neighbours/storage.md#tree). Every path is joined from parsed names, so its text
 * cannot leave the root; `makeDirectory` and `insideRoot` verify that no link leads out either.
 */
export type TreePaths = {
  readonly root: string;
  /**
   * All work on files of the tree goes through here: it fails with a readable `StorageFailed`, also while the tree is
   * not mounted.
   */
  readonly within: Within;
  readonly project: (of: { readonly owner: string; readonly dirname: string }) => string;
  readonly chroot: (of: { readonly owner: string; readonly dirname: string; readonly chroot: string }) => string;
  readonly build: (place: BuildPlace) => string;
  /** Unfinished work of all kinds, beside the chroot directories, so that no scan of a repository ever sees it. */
  readonly stagingRoot: (of: { readonly owner: string; readonly dirname: string }) => string;
};

/** Paths below `destdir`. */
export function createTreePaths(destdir: string): TreePaths {
  const root = path.resolve(destdir);
  const below = (...names: readonly string[]): string => path.join(root, ...names.map(safeName));
  return {
    root,
    within: createMountedRoot(root),
    project: ({ owner, dirname }) => below(owner, dirname),
    chroot: ({ owner, dirname, chroot }) => below(owner, dirname, chroot),
    build: ({ owner, dirname, chroot, targetDir }) => below(owner, dirname, chroot, targetDir),
    stagingRoot: ({ owner, dirname }) => path.join(below(owner, dirname), '.staging'),
  };
}

function safeName(name: string): string {
  if (isSafeName(name)) return name;
  // The name itself, which no storage changes.
  throw new PortFailure('StorageFailed', `${JSON.stringify(name.slice(0, 100))} cannot be a name in the results tree`, {
    retryable: false,
  });
}

/**
 * Creates `directory` with its parents (0755, readable for the web server) after verifying that it is in the tree. Work
 * from before a deletion may not create it again; `anew` is for callers that know that the project exists again.
 * Reusing the name of a renamed project ends its old URLs. Never creates the root itself.
 */
export async function makeDirectory(paths: TreePaths, directory: string, anew = false): Promise<void> {
  await insideRoot(paths, directory);
  if (!anew) {
    const names = path.relative(paths.root, directory).split(path.sep);
    const above = (depth: number): string => path.join(paths.root, ...names.slice(0, depth));
    if (names.length >= 2) await refuseDeleted(paths.root, above(2));
    if (names.length >= 3) await refuseDeletedChroot(paths.root, above(3));
  }
  const [owner, dirname] = path.relative(paths.root, directory).split(path.sep);
  if (owner !== undefined && dirname !== undefined && !(await exists(path.join(paths.root, owner, dirname))))
    await forgetRenames(paths.root, { owner, dirname });
  await makeDirectories(directory, { mode: 0o755, below: paths.root });
  await insideRoot(paths, directory);
}

/** Rejects if a link on the way leads out of the tree: the deepest existing part must really be below the root. */
export async function insideRoot(paths: TreePaths, target: string): Promise<void> {
  const root = await orNull(realpath(paths.root));
  if (root === null) return;
  let existing = target;
  let real = await orNull(realpath(existing));
  while (real === null && existing.length > paths.root.length) {
    existing = path.dirname(existing);
    real = await orNull(realpath(existing));
  }
  if (real === null || real === root || real.startsWith(root + path.sep)) return;
  // The link was made on purpose or with bad intent: nobody writes through it until an operator has looked.
  throw new PortFailure(
    'StorageFailed',
    `${existing} is a link that leads out of the results tree: remove it, or mount the other place there`,
    { retryable: false },
  );
}
