import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import { isRpmFileName } from '../../../domain/names/rpm-file.js';
import { errnoOf } from '../../files/storage-failure.js';

/** Directories read at a time: thousands of open ones would starve everything else of threads. */
const PARALLEL = 16;

/** RPMs in one build directory, as paths below the chroot directory; null if it does not exist. */
export async function rpmsOfBuild(chrootDir: string, build: string): Promise<readonly string[] | null> {
  const entries = await entriesOf(path.join(chrootDir, build));
  if (entries === null) return null;
  return entries
    .filter((entry) => entry.isFile() && isRpmFileName(entry.name))
    .map((entry) => `${build}/${entry.name}`);
}

/** All RPMs of the chroot: those directly in its build directories, and old ones at its top level. */
export async function rpmsOfChroot(chrootDir: string): Promise<readonly string[]> {
  const entries = (await entriesOf(chrootDir)) ?? [];
  const top = entries.filter((entry) => entry.isFile() && isRpmFileName(entry.name)).map((entry) => entry.name);
  const builds = entries.filter((entry) => entry.isDirectory() && isBuildDirectoryName(entry.name));
  const found = await pMap(builds, (build) => rpmsOfBuild(chrootDir, build.name), { concurrency: PARALLEL });
  return [...top, ...found.flatMap((rpms) => rpms ?? [])].sort();
}

/** Those of `hrefs` whose file exists; each directory is read once. */
export async function existing(chrootDir: string, hrefs: Iterable<string>): Promise<ReadonlySet<string>> {
  const byDirectory = new Map<string, string[]>();
  for (const href of hrefs) {
    const directory = path.posix.dirname(href);
    byDirectory.set(directory, [...(byDirectory.get(directory) ?? []), href]);
  }
  const found = await pMap(byDirectory, ([directory, wanted]) => existingIn(chrootDir, directory, wanted), {
    concurrency: PARALLEL,
  });
  return new Set(found.flat());
}

async function existingIn(chrootDir: string, directory: string, wanted: readonly string[]): Promise<readonly string[]> {
  if (directory.split('/').includes('..') || path.isAbsolute(directory)) return [];
  const entries = (await entriesOf(path.join(chrootDir, directory))) ?? [];
  const files = new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  return wanted.filter((href) => files.has(path.posix.basename(href)));
}

async function entriesOf(directory: string): Promise<readonly Dirent[] | null> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}
