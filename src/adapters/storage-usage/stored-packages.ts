import { readdir } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { StoredPackage } from '../../domain/maintenance/storage-usage.js';
import { directoriesIn, ownersIn } from '../file-tree/directories.js';
import { createTreePaths } from '../file-tree/paths.js';
import { statOf } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { readBuildRecord } from '../pulp-store/build-record.js';

/** Builds read at a time. */
const PARALLEL = 16;

/**
 * The packages of all builds below a results tree: those that are files there, and those that were given to Pulp, by the
 * records of their builds; Pulp is not asked. A build that vanishes meanwhile has none. Rejects with
 * `StorageUnavailable` if the tree is not there.
 */
export async function* storedPackages(destdir: string): AsyncGenerator<StoredPackage> {
  const paths = createTreePaths(destdir);
  const owners = await paths.within(`${destdir} cannot be read`, () => ownersIn(destdir));
  for (const owner of owners)
    for (const dirname of await directoriesIn(path.join(destdir, owner)))
      for (const chroot of await directoriesIn(path.join(destdir, owner, dirname))) {
        const chrootDir = path.join(destdir, owner, dirname, chroot);
        const project = `${owner}/${dirname.split(':')[0] ?? dirname}`;
        const builds = await directoriesIn(chrootDir, (name) => /^\d/.test(name));
        const read = (build: string): Promise<readonly StoredPackage[]> =>
          packagesOf(project, chrootDir, build, chroot !== SOURCE_CHROOT);
        for (const packages of await pMap(builds, read, { concurrency: PARALLEL })) yield* packages;
      }
}

async function packagesOf(
  project: string,
  chrootDir: string,
  build: string,
  mayBeAtPulp: boolean,
): Promise<readonly StoredPackage[]> {
  const directory = path.join(chrootDir, build);
  const found: StoredPackage[] = [];
  for (const file of (await orNull(readdir(directory))) ?? []) {
    const facts = file.endsWith('.rpm') ? await statOf(path.join(directory, file)) : null;
    if (facts?.isFile() === true)
      found.push({ project, store: 'tree', copy: `${facts.dev}:${facts.ino}`, bytes: facts.size });
  }
  const record = mayBeAtPulp ? await readBuildRecord(chrootDir, build) : null;
  for (const { sha256, bytes } of record?.packages ?? []) found.push({ project, store: 'pulp', copy: sha256, bytes });
  return found;
}
