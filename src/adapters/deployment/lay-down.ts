import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic-file.js';
import type { DeployedFile } from './deployed-files.js';

/** What becomes, or would become, of a file. */
export type LaidDown = {
  readonly outcome: 'written' | 'unchanged' | 'kept';
  /** Where it was written; of one that was kept, the file beside it. */
  readonly path: string;
};

/**
 * Passed over by logrotate, by run-parts and by web servers that include `*.conf`; a `.new` would be run and read beside
 * what it should replace.
 */
const BESIDE = '.rpmnew';

/**
 * Writes a file below `root`. What stands in /etc is the administrator's: where it differs from ours it is kept, and ours
 * is written beside it. Rejects with the system's error.
 */
export async function layDown(
  file: DeployedFile,
  options: { readonly root: string; readonly isDryRun: boolean },
): Promise<LaidDown> {
  const target = path.join(options.root, file.path);
  const there = readIfThere(target);
  if (there === file.text) return { outcome: 'unchanged', path: target };
  const isKept = there !== null && isAdministrators(file.path);
  const place = isKept ? `${target}${BESIDE}` : target;
  if (!options.isDryRun) {
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o755 });
    await writeFileAtomic(place, file.text);
    chmodSync(place, file.mode);
  }
  return { outcome: isKept ? 'kept' : 'written', path: place };
}

/** An example is ours wherever it stands. */
function isAdministrators(file: string): boolean {
  return file.startsWith('/etc/') && !file.endsWith('.example');
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
