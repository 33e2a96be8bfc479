import { stat } from 'node:fs/promises';
import { compareVersions } from '../../../domain/names/evr.js';
import { ProgramNotStarted } from '../../process/program-not-started.js';
import { programOnPath } from '../../process/program-on-path.js';
import { runCommand } from '../../process/run-command.js';

/**
 * From this version on `--update` writes what it read: earlier versions escape the `&` in attributes once more each
 * time. 0.20.0 fixed that, and 0.20.1 a memory fault of the fix (docs/decisions/0046).
 */
export const FIRST_THAT_UPDATES = '0.20.1';

const TIMEOUT_MS = 30_000;

/** The version of a program file is asked for once, until the file changes. */
const known = new Map<string, string>();

/** Version of createrepo_c on PATH, such as `0.17.3`; null if it is not installed or prints no version. */
export async function createrepoVersion(): Promise<string | null> {
  const program = await programOnPath('createrepo_c');
  if (program === null) return null;
  const { dev, ino, size, mtimeMs } = await stat(program);
  const file = [program, dev, ino, size, mtimeMs].join(' ');
  const version = known.get(file) ?? (await askVersion(program));
  if (version !== null) known.set(file, version);
  return version;
}

async function askVersion(program: string): Promise<string | null> {
  try {
    const { stdout } = await runCommand(program, ['--version'], { timeoutMs: TIMEOUT_MS });
    return /^Version: (\d+(?:\.\d+)*)/m.exec(stdout)?.[1] ?? null;
  } catch (error) {
    if (error instanceof ProgramNotStarted) return null;
    throw error;
  }
}

/** Whether a version's `--update` may reuse metadata; if not, `why`, as a sentence. */
export type UpdateSupport = { readonly mayUpdate: true } | { readonly mayUpdate: false; readonly why: string };

/** Whether this version may; null: it is not known. */
export function updateSupport(version: string | null): UpdateSupport {
  if (version === null)
    return { mayUpdate: false, why: 'createrepo_c does not say its version, so --update is not used' };
  if (compareVersions(version, FIRST_THAT_UPDATES) >= 0) return { mayUpdate: true };
  const why = `createrepo_c ${version} escapes every "&" of dependencies and file names once more at each --update, so --update is not used`;
  return { mayUpdate: false, why };
}
