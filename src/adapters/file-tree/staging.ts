import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPlace } from '../../ports/build/result-tree.js';
import { makeDirectories } from '../files/make-directories.js';
import { insideRoot, makeDirectory, type TreePaths } from './paths.js';
import { orNull } from '../files/storage-failure.js';

/**
 * Staging directories: one per attempt, `<chroot>=<target dir>=<random>`. No parsed name contains `=`, so one build's
 * prefix is never another's.
 */
export async function makeStaging(paths: TreePaths, place: BuildPlace): Promise<string> {
  await makeStagingRoot(paths, place);
  const directory = path.join(paths.stagingRoot(place), prefixOf(paths, place) + randomBytes(8).toString('hex'));
  await mkdir(directory, { mode: 0o755 });
  return directory;
}

/** Closed to the web server: what lies in it is neither checked nor signed yet. */
export async function makeStagingRoot(
  paths: TreePaths,
  of: { readonly owner: string; readonly dirname: string },
): Promise<string> {
  const root = paths.stagingRoot(of);
  await makeDirectory(paths, path.dirname(root));
  await makeDirectories(root, { mode: 0o700, below: path.dirname(root) });
  await insideRoot(paths, root);
  return root;
}

/** The directory that `name` stands for; rejects a name that is not one of this place's staging directories. */
export function stagingPath(paths: TreePaths, place: BuildPlace, name: string): string {
  const prefix = prefixOf(paths, place);
  if (name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(name.slice(prefix.length)))
    return path.join(paths.stagingRoot(place), name);
  throw notOurs(name);
}

/** Last segment of a staging path, in its strict form. */
export function nameOfStaging(directory: string): string {
  const name = path.basename(directory);
  if (/^[^=/]+=[^=/]+=[0-9a-f]{16}$/.test(name) && !name.startsWith('.')) return name;
  throw notOurs(name);
}

/** Removes the staging directories of all attempts of this build. */
export async function removeStaging(paths: TreePaths, place: BuildPlace): Promise<void> {
  const root = paths.stagingRoot(place);
  const prefix = prefixOf(paths, place);
  await insideRoot(paths, root);
  for (const name of (await orNull(readdir(root))) ?? []) {
    if (name.startsWith(prefix)) await rm(path.join(root, name), { recursive: true, force: true });
  }
}

function prefixOf(paths: TreePaths, place: BuildPlace): string {
  const target = paths.build(place); // refuses names that are none
  return `${place.chroot}=${path.basename(target)}=`;
}

function notOurs(name: string): PortFailure {
  return new PortFailure(
    'StorageFailed',
    `${JSON.stringify(name.slice(0, 200))} is not a staging directory of this build`,
    {
      retryable: false,
    },
  );
}
