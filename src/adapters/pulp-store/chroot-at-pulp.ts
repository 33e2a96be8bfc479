import path from 'node:path';
import { readdir } from 'node:fs/promises';
import { PULP_PACKAGES } from '../file-tree/own-names.js';
import { exists } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { buildsOf } from './build-record.js';

/** True for a chroot directory whose packages were published at Pulp. Rejects with the system's errors. */
export async function isChrootAtPulp(chrootDir: string): Promise<boolean> {
  const names = (await orNull(readdir(chrootDir))) ?? [];
  if (names.some((name) => name.startsWith('.pulp-content-'))) return true;
  for (const build of await buildsOf(chrootDir))
    if (await exists(path.join(chrootDir, build, PULP_PACKAGES))) return true;
  return false;
}
