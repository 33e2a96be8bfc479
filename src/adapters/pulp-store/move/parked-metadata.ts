import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../../files/atomic-file.js';
import { exists } from '../../files/entries.js';
import { placeOf, type MetadataPlace } from '../../repository-store/metadata/metadata.js';
import { placeSignature } from '../../repository-store/signing/repomd-signature.js';

/**
 * Where the tree's own metadata are: at the usual place, or parked beside it; null: there are none. Only repomd.xml
 * moves, by one rename: a client that has just read it finds all its files, and the next one is sent to Pulp.
 */
export async function treeMetadata(live: string): Promise<(MetadataPlace & { readonly isParked: boolean }) | null> {
  if (await exists(placeOf(live).repomd)) return { ...placeOf(live), isParked: false };
  if (await exists(parkedFile(live))) return { repodata: live, repomd: parkedFile(live), isParked: true };
  return null;
}

/** Web servers no longer find metadata in the tree. */
export async function park(live: string): Promise<void> {
  if (!(await exists(placeOf(live).repomd))) return;
  await rename(placeOf(live).repomd, parkedFile(live));
  await syncDirectory(live);
  // There is no repomd.xml that it could be the signature of.
  await placeSignature(live, placeOf(live).repomd);
}

/** They find it again. */
export async function unpark(live: string): Promise<void> {
  if (!(await exists(parkedFile(live)))) return;
  await placeSignature(live, parkedFile(live));
  await rename(parkedFile(live), placeOf(live).repomd);
  await syncDirectory(live);
}

/** Removes parked metadata with everything that belongs to it. */
export async function dropParked(live: string): Promise<void> {
  if (await exists(parkedFile(live))) await rm(live, { recursive: true });
}

function parkedFile(live: string): string {
  return path.join(live, '.moved-repomd.xml');
}
