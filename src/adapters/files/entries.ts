import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { orNull } from './storage-failure.js';

/** Stats of the path itself, links not followed; null if nothing is there. */
export function statOf(file: string): Promise<Stats | null> {
  return orNull(lstat(file));
}

/** True if anything is there. */
export async function exists(file: string): Promise<boolean> {
  return (await statOf(file)) !== null;
}

/**
 * Verifies that everything below a staged directory is a file, a directory, or a link that stays inside. The transfer
 * has checked the listing; this is the last check before the web server can serve it.
 */
export async function refuseHostileEntries(root: string, directory: string = root): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await refuseHostileEntries(root, file);
    else if (entry.isSymbolicLink()) await refuseLinkOut(root, file);
    else if (!entry.isFile()) throw hostile(root, file, 'is neither a file nor a directory');
  }
}

async function refuseLinkOut(root: string, link: string): Promise<void> {
  const target = await readlink(link);
  const resolved = path.resolve(path.dirname(link), target);
  if (path.isAbsolute(target) || !resolved.startsWith(root + path.sep))
    throw hostile(root, link, 'leads out of the build');
}

function hostile(root: string, file: string, why: string): PortFailure {
  const name = JSON.stringify(path.relative(root, file).slice(0, 200));
  return new PortFailure('ResultsInvalid', `${name} in the builder's results ${why}`);
}
