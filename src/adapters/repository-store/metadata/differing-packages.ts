import path from 'node:path';
import { forEachRecord, saysTheSame } from '../incremental/compare-records.js';
import { UnusualMetadata } from '../incremental/documents.js';
import { DamagedMetadata } from '../incremental/live-metadata.js';
import type { PackageRecord } from '../incremental/package-records.js';
import { makeDirectories } from '../../files/make-directories.js';
import { packageDocumentsOf } from './package-documents.js';
import { placeOf, readRepomd } from './metadata.js';
import type { Repomd } from './repomd.js';
import { runCreaterepo, type CreaterepoRun } from '../programs/run-createrepo.js';

export type Comparison = Pick<CreaterepoRun, 'chroot' | 'chrootDir' | 'baseurl' | 'signal'> & {
  readonly metadata: Repomd;
  /** Holds the files of `metadata`. */
  readonly repodata: string;
  /** Paths below the chroot directory that `metadata` lists. */
  readonly packages: readonly string[];
  /** Created here. */
  readonly workDir: string;
};

/**
 * Reads these packages with createrepo_c, without reusing records, and returns those that differ from the metadata,
 * sorted. Does not compare metadata of another kind than ours (EL 5 has other checksums).
 */
export async function findDiffering(comparison: Comparison): Promise<readonly string[]> {
  const { metadata, repodata, packages, workDir, chroot, chrootDir, baseurl, signal } = comparison;
  const told = packageDocumentsOf(repodata, metadata);
  if (packages.length === 0 || told === null) return [];
  await makeDirectories(workDir, { mode: 0o755 });
  await runCreaterepo({ chroot, chrootDir, workDir, packages, update: 'none', comps: null, baseurl, signal });
  const place = placeOf(path.join(workDir, 'repodata'));
  const fresh = await readRepomd(place.repomd);
  const read = fresh === null ? null : packageDocumentsOf(place.repodata, fresh);
  if (read === null) return [];
  try {
    const wanted = new Set(packages);
    const readNow = new Map<string, PackageRecord>();
    await forEachRecord(read, baseurl, (record) => readNow.set(record.location, record));
    const differing: string[] = [];
    await forEachRecord(told, baseurl, (record) => {
      if (!wanted.has(record.location)) return;
      const now = readNow.get(record.location);
      if (now === undefined || !saysTheSame(record, now)) differing.push(record.location);
    });
    return differing.sort();
  } catch (error) {
    if (error instanceof UnusualMetadata || error instanceof DamagedMetadata) return [];
    throw error;
  }
}
