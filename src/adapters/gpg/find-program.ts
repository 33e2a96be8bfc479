import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';

/** Absolute path of a program on PATH: rpm's `__gpg` macro takes nothing else, and its default is wrong on Debian. */
export async function findProgram(name: string): Promise<string> {
  const directories = (process.env['PATH'] ?? '/usr/bin:/bin').split(path.delimiter);
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (path.isAbsolute(directory) && (await isExecutable(file))) return file;
  }
  throw new PortFailure('SignerUnavailable', `${name} was not found on PATH: install gnupg`, { retryable: true });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
