import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syntheticPackages, type Weight } from './synthetic-packages.js';

/**
 * Writes `count` packages into a chroot directory. They are files that createrepo_c can read, because a publication
 * reads some of the packages that it takes over (docs/decisions/0046).
 */
export async function writeSyntheticPackages(chrootDir: string, count: number, weight: Weight): Promise<void> {
  let last = '';
  for (const { location, rpm } of syntheticPackages(count, weight)) {
    const file = path.join(chrootDir, location);
    const directory = path.dirname(file);
    if (directory !== last) await mkdir(directory, { recursive: true });
    last = directory;
    await writeFile(file, rpm);
  }
}
