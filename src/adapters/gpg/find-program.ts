import { PortFailure } from '../../ports/port-failure.js';
import { absenceOf } from '../process/program-not-started.js';
import { programOnPath } from '../process/program-on-path.js';

/** Absolute path of a program of gnupg: rpm's `__gpg` macro takes nothing else, and its default is wrong on Debian. */
export async function findProgram(name: string): Promise<string> {
  const found = await programOnPath(name);
  if (found !== null) return found;
  throw new PortFailure('SignerUnavailable', await absenceOf(name));
}
