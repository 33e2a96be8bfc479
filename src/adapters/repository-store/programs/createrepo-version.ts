import { stat } from 'node:fs/promises';
import { compareVersions } from '../../../domain/names/evr.js';
import { ProgramNotStarted } from '../../process/program-not-started.js';
import { programOnPath } from '../../process/program-on-path.js';
import { runCommand } from '../../process/run-command.js';

/**
 * From here on `--update` writes what it has read: 0.20.0 mended the `&` in attributes that earlier versions escape once
 * more each time, 0.20.1 the memory of that repair (docs/decisions/0046).
 */
export const FIRST_THAT_UPDATES = '0.20.1';

const TIMEOUT_MS = 30_000;

/** The version of a file is asked for once, until it is another file. */
const known = new Map<string, string>();

/** Version of createrepo_c on PATH, such as `0.17.3`; null when it is not there, or does not say. */
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

/** Whether metadata may be taken over by a version's `--update`; `why` not, as a sentence. */
export type UpdateSupport = { readonly mayUpdate: true } | { readonly mayUpdate: false; readonly why: string };

/** The same of this version; null: it is not known. */
export function updateSupport(version: string | null): UpdateSupport {
  if (version === null)
    return { mayUpdate: false, why: 'createrepo_c does not say its version, so --update is not used' };
  if (compareVersions(version, FIRST_THAT_UPDATES) >= 0) return { mayUpdate: true };
  const why = `createrepo_c ${version} escapes every "&" of dependencies and file names once more at each --update, so --update is not used`;
  return { mayUpdate: false, why };
}
