import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull } from '../files/storage-failure.js';
import type { DeployedFile } from './deployed-files.js';

/** The outcome for a file, real or expected. */
export type LaidDown = {
  readonly outcome: 'written' | 'unchanged' | 'kept';
  /** Where it was written; if the administrator's file was kept, the file beside it. */
  readonly path: string;
};

/**
 * Ignored by logrotate, by run-parts and by web servers that include `*.conf`. A `.new` would be run and read in
 * addition to the file that it should replace.
 */
const BESIDE = '.rpmnew';

/**
 * Writes a file below `root`. Files in /etc are the administrator's: one that differs from ours is kept, and ours is
 * written beside it. Rejects with the system's error.
 */
export async function layDown(
  file: DeployedFile,
  options: { readonly root: string; readonly isDryRun: boolean },
): Promise<LaidDown> {
  const target = path.join(options.root, file.path);
  const there = await orNull(readFile(target, 'utf8'));
  if (there === file.text) return { outcome: 'unchanged', path: target };
  const isKept = there !== null && isAdministrators(file.path);
  const place = isKept ? `${target}${BESIDE}` : target;
  if (!options.isDryRun) {
    await makeDirectories(path.dirname(place), { mode: 0o755 });
    await writeFileAtomic(place, file.text);
    await chmod(place, file.mode);
  }
  return { outcome: isKept ? 'kept' : 'written', path: place };
}

/** An example is ours wherever it is. */
function isAdministrators(file: string): boolean {
  return file.startsWith('/etc/') && !file.endsWith('.example');
}
