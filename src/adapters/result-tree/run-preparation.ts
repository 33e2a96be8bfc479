import type { Dirent } from 'node:fs';
import { readFile, readdir, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory, writeFileAtomic } from '../files/atomic-file.js';
import { statOf } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { BACKUP, PULP_PACKAGES, RUN_MARKER } from '../file-tree/own-names.js';
import { orNull } from '../files/storage-failure.js';

/**
 * Cleans up after another run of the same task (docs/neighbours/storage.md#result-directories-of-an-earlier-run): moves
 * its logs into `prev_build_backup`, keeps its RPMs and the record of those at Pulp (the metadata lists them until this
 * run's RPMs replace them), and removes the rest. The marker is written last, so that after a crash everything is repeated, which is harmless.
 */
export async function prepareDirectory(directory: string, runId: string): Promise<void> {
  const marker = path.join(directory, RUN_MARKER);
  if ((await orNull(readFile(marker, 'utf8'))) === runId) return;
  const backup = path.join(directory, BACKUP);
  const standing = await statOf(backup);
  // A link or file with the backup's name would send the logs elsewhere.
  if (standing !== null && !standing.isDirectory()) await unlink(backup);
  for (const entry of await readdir(directory, { withFileTypes: true })) await putAway(directory, entry);
  await syncDirectory(directory);
  await writeFileAtomic(marker, runId);
}

async function putAway(directory: string, entry: Dirent): Promise<void> {
  const file = path.join(directory, entry.name);
  if (entry.isDirectory()) {
    if (entry.name !== BACKUP) await rm(file, { recursive: true, force: true });
    return;
  }
  if (!entry.isFile()) return unlink(file); // rm would look through a link
  if (entry.name.endsWith('.rpm') || entry.name === PULP_PACKAGES) return;
  if (!/\.(info|log|log\.gz)$/.test(entry.name)) return rm(file, { force: true });
  const backup = path.join(directory, BACKUP);
  await makeDirectories(backup, { mode: 0o755, below: directory });
  const target = path.join(backup, entry.name);
  await rm(target, { recursive: true, force: true });
  await rename(file, target);
}
