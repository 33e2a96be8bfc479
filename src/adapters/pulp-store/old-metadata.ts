import { rm } from 'node:fs/promises';
import path from 'node:path';
import { exists, statOf } from '../files/entries.js';
import { inspectMetadata, placeOf } from '../repository-store/metadata/metadata.js';
import { readRecords } from '../repository-store/metadata/primary-records.js';

/**
 * Takes metadata away that the results tree has of a repository which clients get from Pulp: web servers look into the
 * tree first, so it would hide what Pulp has (docs/decisions/0082). New clients find none from then on; the files that
 * it named stay for those who have read it. Metadata that lists packages which Pulp does not serve (`served`: those it
 * does, by sha256) stays: they would be gone for clients. Resolves with a warning then, else null.
 */
export async function removeOldMetadata(repodata: string, served: ReadonlySet<string>): Promise<string | null> {
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
  repodata: string,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<number | null> {
  const entry = await statOf(repodata);
  if (entry === null || (await exists(path.join(repodata, 'repomd.xml')))) return null;
  // A directory's time is that of the removal above.
  const due = entry.mtimeMs + graceMs;
  if (due > now) return due;
  await rm(repodata, { recursive: true, force: true });
  return null;
}
