import { link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ByKind } from './documents.js';
import type { LiveFile } from './live-metadata.js';
import type { Twin } from './metadata-change.js';
import type { DocumentsUpdated } from './update-documents.js';
import { updateInThread } from './update-in-thread.js';
import type { ChangeLists, RepositoryRun } from '../../../contracts/repository/repository.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { isPendingRemoval, type PendingRemovals } from '../publication/pending-removals.js';
import { inspectMetadata, placeOf, readMetadata } from '../metadata/metadata.js';
import { packageDocumentsOf } from '../metadata/package-documents.js';
import { isGroupRecord, isPackageRecord } from './new-records.js';
import { findAdded } from '../publication/run-plan.js';
import { formatRepomd, type Repomd } from '../metadata/repomd.js';
import { runCreaterepo, type CreaterepoRun } from '../programs/run-createrepo.js';
import { hasSameDocuments, type StandingDocuments } from '../metadata/standing-documents.js';
import { verifyMetadata } from '../publication/verification.js';
import { existing } from '../publication/wanted-packages.js';
import { pickWitnessesOfTree } from '../publication/witnesses.js';

/**
 * New metadata in `repodata` with its `repomd.xml`, or the statement that the live metadata is already right (`changed`
 * false).
 */
export type Made = {
  readonly repodata: string;
  readonly repomd: Repomd;
  readonly packages: number;
  readonly changed: boolean;
  readonly twins: readonly Twin[];
};

/** Packages that differ from their records in the live metadata: none of its records may be reused. */
export type Stale = { readonly stale: readonly string[] };

export type Increment = {
  /** Arguments of createrepo_c for the added packages; it works in a directory below `workDir`. */
  readonly common: Omit<CreaterepoRun, 'packages' | 'update' | 'comps'>;
  readonly run: ChangeLists & Pick<RepositoryRun, 'full' | 'reread' | 'doStat'>;
  readonly pendingRemovals: PendingRemovals;
  readonly documents: StandingDocuments;
  /** Application data is not made here: existing data is carried over, but it must not exist if none is wanted. */
  readonly wantsAppstream: boolean;
  /** The published `repodata/`. */
  readonly live: string;
  readonly revisionAfter: (before: Repomd) => number;
  /** Uncompressed size of the metadata above which an increment pays off. */
  readonly leastBytes: number;
  /** Also update smaller metadata here, if all its files exist, because this createrepo_c cannot. */
  readonly evenSmall: boolean;
  /** Uncompressed size of a member. */
  readonly memberBytes: number;
  /** Private file that remembers the positions of the members. */
  readonly indexFile: string;
  readonly warnOfAbsent: (absent: readonly string[]) => void;
  readonly warn: (facts: object, message: string) => void;
};

/**
 * Makes changed metadata from the live metadata without reading the unchanged part: createrepo_c reads the added
 * packages, and gzip members without a change are copied (docs/decisions/0019). Returns null if createrepo_c has to
 * make all of it: small or damaged metadata, a full run, anything unusual. Returns `Stale` if a witness, a package read
 * in addition, shows that existing records must not be reused.
 */
export async function makeIncrement(increment: Increment): Promise<Made | Stale | null> {
  const { common, run, live, leastBytes, pendingRemovals } = increment;
  if (run.full || run.reread || run.doStat) return null;
  const found = await inspectMetadata(placeOf(live));
  if (found.state === 'damaged') return null;
  const { repomd } = found;
  if (openBytes(repomd) < leastBytes && !(increment.evenSmall && (await hasAllFiles(increment)))) return null;
  const files = packageDocumentsOf(live, repomd);
  if (files === null || !isUsual(repomd, increment.wantsAppstream)) return null;
  if (!hasSameDocuments(increment.documents, repomd)) return null;

  const { added: all, absent } = await findAdded(common.chrootDir, run.add);
  const added = all.filter((href) => !isPendingRemoval(pendingRemovals, href));
  const without = new Set([
    ...run.add,
    ...pendingRemovals.builds,
    ...[...pendingRemovals.rpms].map((rpm) => path.dirname(rpm)),
  ]);
  const witnesses = added.length === 0 ? [] : await pickWitnessesOfTree(common.chrootDir, without);
  const staged = added.length === 0 ? null : await stage(increment, added, witnesses);
  const into = path.join(common.workDir, 'increment');
  await mkdir(into);
  const update = {
    live: files,
    ...{ staged, witnesses },
    builds: [...run.add, ...pendingRemovals.builds],
    packages: [...pendingRemovals.rpms],
    baseurl: common.baseurl,
    into,
    indexFile: increment.indexFile,
    memberBytes: increment.memberBytes,
    timestamp: Math.floor(Date.now() / 1000),
  };
  const updated = await updateInThread(update, { signal: common.signal });
  if (updated.outcome === 'stale') return { stale: updated.packages };
  if (updated.outcome === 'notApplicable') {
    increment.warn({ live, reason: updated.reason }, 'createrepo_c makes all metadata of this repository');
    return null;
  }
  increment.warnOfAbsent(absent);
  if (updated.outcome === 'unchanged')
    return { repodata: live, repomd, packages: updated.packages, changed: false, twins: [] };
  return complete(increment, { repomd, updated, into });
}

/**
 * True if there are only the three documents and records that are not about packages; databases and the like would have
 * to be rebuilt.
 */
function isUsual(repomd: Repomd, wantsAppstream: boolean): boolean {
  const types = repomd.files.map(({ type }) => type);
  const ofPackages = types.filter((type) => isPackageRecord(type) && !isGroupRecord(type));
  return ofPackages.length === 3 && (wantsAppstream || !types.some((type) => type.startsWith('appstream')));
}

/**
 * Packages removed by hand leave small metadata at the next publication (0005), and large metadata at a full run
 * (0019).
 */
async function hasAllFiles({ live, common }: Increment): Promise<boolean> {
  const metadata = await readMetadata(placeOf(live));
  if (metadata.state === 'damaged') return false;
  const hrefs = [...metadata.packages.keys()];
  return (await existing(common.chrootDir, hrefs)).size === hrefs.length;
}

function openBytes(repomd: Repomd): number {
  return repomd.files.reduce((sum, file) => sum + (file.openSize ?? 0), 0);
}

/**
 * Has createrepo_c read the added packages and the witnesses, and verifies that each added one is listed with its
 * file's checksum.
 */
async function stage(
  { common }: Increment,
  added: readonly string[],
  witnesses: readonly string[],
): Promise<ByKind<LiveFile>> {
  const workDir = path.join(common.workDir, 'arriving');
  await mkdir(workDir);
  const wanted = [...added, ...witnesses];
  const complaints = await runCreaterepo({ ...common, workDir, packages: wanted, update: 'none', comps: null });
  const made = await readMetadata(placeOf(path.join(workDir, 'repodata')));
  if (made.state === 'damaged') throw failed(common.chrootDir, `createrepo_c made no valid metadata: ${made.why}`);
  const files = packageDocumentsOf(path.join(workDir, 'repodata'), made.repomd);
  if (files === null) throw failed(common.chrootDir, 'createrepo_c made other metadata than it was told to');
  await verifyMetadata(made, { chrootDir: common.chrootDir, wanted, added, before: new Map(), complaints });
  return files;
}

type Documents = {
  readonly repomd: Repomd;
  readonly updated: Extract<DocumentsUpdated, { outcome: 'updated' }>;
  readonly into: string;
};

/** Writes repomd.xml and puts the reused files beside the new documents. */
async function complete(increment: Increment, { repomd, updated, into }: Documents): Promise<Made> {
  const { live } = increment;
  const documents = updated.records.map((record) => ({
    ...record,
    algorithm: 'sha256',
    timestamp: String(record.timestamp),
    databaseVersion: null,
  }));
  const taken = repomd.files.filter(({ type }) => !isPackageRecord(type) || isGroupRecord(type));
  const made = { revision: String(increment.revisionAfter(repomd)), files: [...documents, ...taken] };
  await writeFile(placeOf(into).repomd, formatRepomd(made), { mode: 0o644, flag: 'wx' });
  for (const name of new Set(taken.map((file) => file.name))) await link(path.join(live, name), path.join(into, name));
  const whole = await inspectMetadata(placeOf(into));
  if (whole.state === 'damaged')
    throw failed(increment.common.chrootDir, `the new metadata is not whole: ${whole.why}`);
  return { repodata: into, repomd: made, packages: updated.packages, changed: true, twins: updated.twins };
}

function failed(chrootDir: string, why: string): PortFailure {
  return new PortFailure('RepositoryFailed', `${chrootDir}: ${why}`);
}
