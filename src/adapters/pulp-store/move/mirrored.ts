import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../files/atomic-file.js';
import { orNull } from '../../files/storage-failure.js';
import { RecordedPackage, type BuildRecord } from '../build-record.js';

/** A file of a chroot directory. */
const MIRRORED = '.pulp-mirrored.json';

const Mirrored = z.array(RecordedPackage);

/**
 * Packages that were ever listed at Pulp because the tree listed them. Their builds may be deleted before the next look,
 * with their records; this still says whose the packages were.
 */
export async function readMirrored(chrootDir: string): Promise<readonly RecordedPackage[]> {
  const text = await orNull(readFile(path.join(chrootDir, MIRRORED), 'utf8'));
  return text === null ? [] : Mirrored.parse(JSON.parse(text));
}

export async function writeMirrored(chrootDir: string, packages: readonly RecordedPackage[]): Promise<void> {
  await writeFileAtomic(path.join(chrootDir, MIRRORED), JSON.stringify(packages));
}

/** Records say it all from now on. */
export async function dropMirrored(chrootDir: string): Promise<void> {
  await rm(path.join(chrootDir, MIRRORED), { force: true });
}

/** The same as a record: no repository lists them for its sake. None if nothing was ever mirrored. */
export async function recordOfMirrored(chrootDir: string): Promise<readonly BuildRecord[]> {
  const left = await readMirrored(chrootDir);
  return left.length === 0 ? [] : [{ build: '', listedIn: [], packages: [], left }];
}
