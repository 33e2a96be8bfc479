import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { programOnPath, searchedDirectories } from './program-on-path.js';

/** Packages whose name differs from that of their program (Fedora's; others' are similar). */
const PACKAGES: Readonly<Record<string, string>> = {
  modifyrepo_c: 'createrepo_c',
  gpg: 'gnupg',
  gpgconf: 'gnupg',
  rpmkeys: 'rpm',
  rpmsign: 'rpm-sign',
  ssh: 'openssh-clients',
  flock: 'util-linux',
  aws: 'awscli',
  'appstream-builder': 'libappstream-glib-builder',
};

/** Name of the package that brings a program. */
export function packageOf(program: string): string {
  return PACKAGES[program] ?? program;
}

/**
 * A program that could not be started; the message names it and says what to do. It has no errno, so that nobody
 * mistakes it for a storage failure, and not the error of `spawn`, which contains the whole argument list.
 */
export class ProgramNotStarted extends Error {
  override readonly name = 'ProgramNotStarted';
}

/** The message for a program that is not on PATH. */
export async function absenceOf(program: string): Promise<string> {
  const closed: string[] = [];
  for (const directory of searchedDirectories()) if (await isClosed(directory)) closed.push(directory);
  const hint = closed.length === 0 ? '' : ` (this user may not search ${closed.join(', ')})`;
  return `${program} was not found on PATH${hint}: install ${packageOf(program)}`;
}

/**
 * Why a program could not be started, by the errno of `spawn`. For a missing program this is ENOENT, or EACCES if a
 * directory on PATH cannot be searched or a file of that name cannot be run; only a check of PATH can tell.
 */
export async function notStarted(program: string, errno: string): Promise<ProgramNotStarted> {
  const isSearched = !program.includes('/');
  const isAbsent = isSearched && ['ENOENT', 'EACCES'].includes(errno) && (await programOnPath(program)) === null;
  const message = isAbsent ? await absenceOf(program) : `${program} could not be started: ${errno}`;
  return new ProgramNotStarted(message);
}

async function isClosed(directory: string): Promise<boolean> {
  try {
    await access(path.join(directory, '.'), constants.X_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
