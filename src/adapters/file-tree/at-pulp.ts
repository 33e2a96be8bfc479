import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { PULP_PACKAGES } from './own-names.js';

/** How the names of files in a chroot directory begin that say what a repository at Pulp has. */
export const PULP_CONTENT = '.pulp-content-';

/**
 * True if builds have succeeded here and neither a package of any of them nor metadata is left: another service has
 * published them at Pulp, and keeps no note of that.
 */
export async function isEmptied(chrootDir: string, builds: readonly string[]): Promise<boolean> {
  if (await exists(path.join(chrootDir, 'repodata', 'repomd.xml'))) return false;
  let hasSuccess = false;
  for (const build of builds) {
    const names = (await orNull(readdir(path.join(chrootDir, build)))) ?? [];
    if (names.some((name) => name.endsWith('.rpm'))) return false;
    hasSuccess ||= names.includes('success');
  }
  return hasSuccess;
}

/**
 * True if the packages of a chroot directory are at Pulp, as far as the directory or one of these builds tells.
 * `beginning`: that of the names of files which tell.
 */
export async function isAtPulp(
  chrootDir: string,
  builds: readonly string[],
  beginning: string = PULP_CONTENT,
): Promise<boolean> {
  const names = (await orNull(readdir(chrootDir))) ?? [];
  if (names.some((name) => name.startsWith(beginning))) return true;
  for (const build of builds) if (await exists(path.join(chrootDir, build, PULP_PACKAGES))) return true;
  return false;
}
