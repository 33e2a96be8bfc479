import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { statOf } from '../../files/entries.js';
import { orNull } from '../../files/storage-failure.js';
import { isBuildName, rpmsOfBuild } from './wanted-packages.js';

/** Packages that are read beside what comes, at each publication. */
const WITNESSES = 2;
/** Of larger ones the reading would be felt. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Some of these packages at random, for a comparison of what stands in the metadata with what they say; `LARGEST_BYTES` at most. */
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

/** The same out of the tree, where the names in the metadata are not at hand; none of the directories `without`. */
export async function pickWitnessesOfTree(chrootDir: string, without: ReadonlySet<string>): Promise<readonly string[]> {
  const names = (await orNull(readdir(chrootDir))) ?? [];
  const builds = names.filter((name) => isBuildName(name) && !without.has(name));
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
