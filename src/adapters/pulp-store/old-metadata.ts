import { rm } from 'node:fs/promises';
import path from 'node:path';
import { exists, statOf } from '../files/entries.js';
import type { Live } from './build-record.js';

/** Where the results tree has metadata of a repository, if it ever published one. */
export function oldMetadata(chrootDir: string, live: Live): string {
  return path.join(chrootDir, ...(live === 'devel' ? ['devel'] : []), 'repodata');
}

/**
 * Takes metadata away that the results tree has of a repository which clients get from Pulp: web servers look into the
 * tree first, so it would hide what Pulp has (docs/decisions/0082). New clients find none from then on; the files that
 * it named stay for those who have read it.
 */
export async function removeOldMetadata(chrootDir: string, live: Live): Promise<void> {
  for (const name of ['repomd.xml', 'repomd.xml.asc'])
    await rm(path.join(oldMetadata(chrootDir, live), name), { force: true });
}

/**
 * Removes what `removeOldMetadata` left, after the grace time. Resolves with the time when that is due, in milliseconds
 * since the epoch; null: nothing is left, or the tree has its metadata.
 */
export async function collectOldMetadata(
  chrootDir: string,
  live: Live,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<number | null> {
  const directory = oldMetadata(chrootDir, live);
  const entry = await statOf(directory);
  if (entry === null || (await exists(path.join(directory, 'repomd.xml')))) return null;
  // A directory's time is that of the removal above.
  const due = entry.mtimeMs + graceMs;
  if (due > now) return due;
  await rm(directory, { recursive: true, force: true });
  return null;
}
