import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPlace, ResultsPlace } from '../../ports/build/build-place.js';
import { makeDirectories } from '../files/make-directories.js';
import { insideRoot, makeDirectory, type TreePaths } from './paths.js';
import { orNull } from '../files/storage-failure.js';

/** Prefix of the name of every copy's directory; no chroot has this name. */
export const COPY = 'copy=';

/**
 * Staging directories: one per attempt, `<chroot>=<target dir>=<random>`. No parsed name contains `=`, so one build's
 * prefix is never another's. Returns the name.
 */
export async function makeStaging(paths: TreePaths, place: BuildPlace): Promise<string> {
  await makeStagingRoot(paths, place);
  return makeBelow(paths, place, '');
}

/** The same for a copy of a build, which is not one of the build's attempts. The staging root exists already. */
export async function makeCopyStaging(paths: TreePaths, place: BuildPlace): Promise<string> {
  return makeBelow(paths, place, COPY);
}

async function makeBelow(paths: TreePaths, place: BuildPlace, kind: string): Promise<string> {
  const name = kind + prefixOf(paths, place) + randomBytes(8).toString('hex');
  await mkdir(path.join(paths.stagingRoot(place), name), { mode: 0o755 });
  return name;
}

/** Closed to the web server: its content is neither checked nor signed yet. */
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

/** The directory called `name`; rejects a name that is not one of this place's staging directories. */
export function stagingPath(paths: TreePaths, place: BuildPlace, name: string): string {
  const prefix = prefixOf(paths, place);
  const own = name.startsWith(COPY) ? name.slice(COPY.length) : name;
  if (own.startsWith(prefix) && /^[0-9a-f]{16}$/.test(own.slice(prefix.length)))
    return path.join(paths.stagingRoot(place), name);
  throw notOurs(name);
}

/** The directory of results, staged or public. */
export function resultsPath(paths: TreePaths, of: ResultsPlace): string {
  return 'staging' in of ? stagingPath(paths, of, of.staging) : paths.build(of);
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
  const target = paths.build(place); // refuses invalid names
  return `${place.chroot}=${path.basename(target)}=`;
}

function notOurs(name: string): PortFailure {
  // The name itself, which no storage changes.
  return new PortFailure(
    'StorageFailed',
    `${JSON.stringify(name.slice(0, 200))} is not a staging directory of this build`,
    {
      retryable: false,
    },
  );
}
