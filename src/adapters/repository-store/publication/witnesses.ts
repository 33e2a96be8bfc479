import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import { statOf } from '../../files/entries.js';
import { orNull } from '../../files/storage-failure.js';
import { rpmsOfBuild } from './wanted-packages.js';

/** Number of packages that each publication reads in addition to the added ones. */
const WITNESSES = 2;
/** Reading larger packages would take noticeable time. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** A random sample of these packages, of `LARGEST_BYTES` at most, whose records are compared with a fresh reading. */
export async function pickWitnesses(
  chrootDir: string,
  hrefs: readonly string[],
  count = WITNESSES,
): Promise<readonly string[]> {
  const picked: string[] = [];
  for (const href of some(hrefs, count)) {
    const stats = await statOf(path.join(chrootDir, href));
    if (stats?.isFile() === true && stats.size <= LARGEST_BYTES) picked.push(href);
  }
  return picked.sort();
}

/** The same from the tree, if the names in the metadata are not known; none from the directories `without`. */
export async function pickWitnessesOfTree(chrootDir: string, without: ReadonlySet<string>): Promise<readonly string[]> {
  const names = (await orNull(readdir(chrootDir))) ?? [];
  const builds = names.filter((name) => isBuildDirectoryName(name) && !without.has(name));
  const picked: string[] = [];
  for (const build of some(builds, WITNESSES))
    picked.push(...(await pickWitnesses(chrootDir, (await rpmsOfBuild(chrootDir, build)) ?? [], 1)));
  return picked.sort();
}

function some<T>(all: readonly T[], count: number): readonly T[] {
  const left = [...all];
  const picked: T[] = [];
  while (picked.length < count && left.length > 0) picked.push(...left.splice(randomInt(left.length), 1));
  return picked;
}
