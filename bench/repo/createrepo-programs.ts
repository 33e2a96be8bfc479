import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { pythonPackages } from './python-packages.js';

const run = promisify(execFile);

/** The newer of the two generations on Copr hosts; pip provides it as a program too. */
const NEWER = '1.2.5';

export type CreaterepoProgram = {
  /** As printed by the program: `0.17.3`. */
  readonly version: string;
  readonly path: string;
  /** A directory that contains it under its usual name, to be put at the front of PATH. */
  readonly directory: string;
};

/** createrepo_c of the system. */
export async function systemCreaterepo(): Promise<CreaterepoProgram> {
  for (const directory of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const program = path.join(directory, 'createrepo_c');
    if (await isProgram(program)) return { version: await versionOf(program), path: program, directory };
  }
  throw new Error('createrepo_c is not installed; scripts/prepare-tests.mjs installs it');
}

/**
 * createrepo_c 1.2.5, fetched once by pip into the user's cache; the program that pip puts on PATH is only a slow
 * launcher.
 */
export async function newerCreaterepo(): Promise<CreaterepoProgram> {
  const installed = await pythonPackages(`createrepo_c-${NEWER}`, [`createrepo_c==${NEWER}`]);
  const directory = path.join(installed, 'createrepo_c', 'data', 'bin');
  const program = path.join(directory, 'createrepo_c');
  return { version: await versionOf(program), path: program, directory };
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await run(program, ['--version']);
  return /Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
