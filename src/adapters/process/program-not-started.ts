import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { programOnPath, searchedDirectories } from './program-on-path.js';

/** The packages that carry programs, where their names are not those of the programs (Fedora's; others' are alike). */
const PACKAGES: Readonly<Record<string, string>> = {
  modifyrepo_c: 'createrepo_c',
  gpg: 'gnupg',
  gpgconf: 'gnupg',
  rpmkeys: 'rpm',
  rpmsign: 'rpm-sign',
  ssh: 'openssh-clients',
  flock: 'util-linux',
  aws: 'awscli',
};

/**
 * A program that could not be started; the message names it and says what to do. It carries no errno, so that nobody
 * takes it for a refusal of the storage, and not the error of `spawn`, which carries the whole argument list.
 */
export class ProgramNotStarted extends Error {
  override readonly name = 'ProgramNotStarted';
}

/** What to say of a program that is not on PATH. */
export async function absenceOf(program: string): Promise<string> {
  const closed: string[] = [];
  for (const directory of searchedDirectories()) if (await isClosed(directory)) closed.push(directory);
  const hint = closed.length === 0 ? '' : ` (this user may not search ${closed.join(', ')})`;
  return `${program} was not found on PATH${hint}: install ${PACKAGES[program] ?? program}`;
}

/**
 * Why a program could not be started, by the errno of `spawn`. For a program that is nowhere this is ENOENT, or EACCES
 * where a directory on PATH cannot be searched or a file of that name cannot be run: only a look tells.
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
