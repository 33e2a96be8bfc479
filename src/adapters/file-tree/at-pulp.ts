import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { PULP_PACKAGES } from './own-names.js';

/** How the names of files in a chroot directory begin that say what a repository at Pulp has. */
export const PULP_CONTENT = '.pulp-content-';

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
