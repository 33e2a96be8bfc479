import { rm } from 'node:fs/promises';
import path from 'node:path';
import { statOf } from '../files/entries.js';
import type { Live } from './build-record.js';

/** Where the results tree has metadata of a repository, if it ever published one. */
export function oldMetadata(chrootDir: string, live: Live): string {
  return path.join(chrootDir, ...(live === 'devel' ? ['devel'] : []), 'repodata');
}

/**
 * Removes metadata that the results tree has of a repository which clients get from Pulp: web servers look into the tree
 * first, so it would hide what Pulp has (docs/decisions/0082). New clients find none from the first call on; the files
 * that it named go with the first call after the grace time, for those who have read it.
 */
export async function removeOldMetadata(
  chrootDir: string,
  live: Live,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<void> {
  const directory = oldMetadata(chrootDir, live);
  for (const name of ['repomd.xml', 'repomd.xml.asc']) await rm(path.join(directory, name), { force: true });
  const entry = await statOf(directory);
  // A directory's time is that of the removal above.
  if (entry !== null && entry.mtimeMs + graceMs <= now) await rm(directory, { recursive: true, force: true });
}
