import { rm } from 'node:fs/promises';
import path from 'node:path';
import { exists, statOf } from '../files/entries.js';
import { inspectMetadata, placeOf } from '../repository-store/metadata/metadata.js';
import { readRecords } from '../repository-store/metadata/primary-records.js';
import type { Live } from './build-record.js';

/** Where the results tree has metadata of a repository, if it ever published one. */
export function oldMetadata(chrootDir: string, live: Live): string {
  return path.join(chrootDir, ...(live === 'devel' ? ['devel'] : []), 'repodata');
}

/**
 * Takes metadata away that the results tree has of a repository which clients get from Pulp: web servers look into the
 * tree first, so it would hide what Pulp has (docs/decisions/0082). New clients find none from then on; the files that
 * it named stay for those who have read it. Metadata that lists packages which Pulp does not serve (`served`: those it
 * does, by sha256) stays: they would be gone for clients. Resolves with a warning then, else null.
 */
export async function removeOldMetadata(
  chrootDir: string,
  live: Live,
  served: ReadonlySet<string>,
): Promise<string | null> {
  const repodata = oldMetadata(chrootDir, live);
  const lost = await listedBeyond(repodata, served);
  if (lost > 0)
    return (
      `${repodata} hides Pulp's from clients, and stays: it lists ${lost} packages that Pulp does not have; ` +
      'copr-change-storage brings them there'
    );
  for (const name of ['repomd.xml', 'repomd.xml.asc']) await rm(path.join(repodata, name), { force: true });
  return null;
}

/** Number of packages that readable metadata lists and that are not among these. */
async function listedBeyond(repodata: string, served: ReadonlySet<string>): Promise<number> {
  const found = await inspectMetadata(placeOf(repodata));
  // Clients could not read it either.
  if (found.state === 'damaged') return 0;
  let beyond = 0;
  await readRecords(path.join(repodata, found.primary.name), ({ checksum: [, digest] }) => {
    if (!served.has(digest)) beyond += 1;
  });
  return beyond;
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
