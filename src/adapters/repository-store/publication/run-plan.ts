import path from 'node:path';
import type { IndexerRun } from '../../../ports/repository/repository-indexer.js';
import { isPendingRemoval, type PendingRemovals } from './pending-removals.js';
import { digestOfFile } from '../../files/digest.js';
import { type Metadata } from '../metadata/metadata.js';
import type { Packages } from '../metadata/primary.js';
import type { CreaterepoRun } from '../programs/run-createrepo.js';
import { hasSameDocuments, type StandingDocuments } from '../metadata/standing-documents.js';
import { existing, rpmsOfBuild, rpmsOfChroot } from './wanted-packages.js';

/** The work of one run. */
export type RunPlan = {
  readonly before: Packages;
  /** The packages for the metadata. */
  readonly wanted: readonly string[];
  readonly added: readonly string[];
  /** Already listed, but the file has changed. */
  readonly replaced: ReadonlySet<string>;
  /** Build directories to add that do not exist. */
  readonly absent: readonly string[];
  readonly update: CreaterepoRun['update'];
  /** Nothing to do: the metadata is already right. */
  readonly isUpToDate: boolean;
};

type Situation = {
  readonly chrootDir: string;
  readonly before: Metadata | null;
  readonly run: IndexerRun;
  readonly pendingRemovals: PendingRemovals;
  readonly documents: StandingDocuments;
  /** Read every package and reuse no record. */
  readonly isAfresh: boolean;
  /** createrepo_c may reuse the records of known packages. */
  readonly mayUpdate: boolean;
};

/**
 * Compares the tree with the live metadata (null: none that is complete) and decides which packages the new metadata
 * lists.
 */
export async function planRun(situation: Situation): Promise<RunPlan> {
  const { chrootDir, before, run, pendingRemovals, documents, isAfresh, mayUpdate } = situation;
  const known: Packages = before?.packages ?? new Map();
  const isFull = run.full || before === null;
  const { added: found, absent } = await findAdded(chrootDir, run.add);
  const added = found.filter((href) => !isPendingRemoval(pendingRemovals, href));
  const kept = await existing(chrootDir, known.keys());
  const scanned = isFull ? await rpmsOfChroot(chrootDir) : [];
  const wanted = [...new Set([...kept, ...added, ...scanned])]
    .filter((href) => !isPendingRemoval(pendingRemovals, href))
    .sort();
  const replaced = isFull ? new Set<string>() : await findReplaced(chrootDir, added, known);
  const isSame = wanted.length === known.size && wanted.every((href) => known.has(href));
  return {
    before: known,
    wanted,
    added,
    replaced,
    absent,
    update: isFull || isAfresh || !mayUpdate ? 'none' : run.doStat ? 'checking' : 'trusting',
    isUpToDate:
      !isFull &&
      !isAfresh &&
      !run.doStat &&
      !run.reread &&
      isSame &&
      replaced.size === 0 &&
      hasSameDocuments(documents, before.repomd),
  };
}

/** RPMs of the build directories to add, and which of these directories do not exist. */
export async function findAdded(
  chrootDir: string,
  builds: readonly string[],
): Promise<{ readonly added: readonly string[]; readonly absent: readonly string[] }> {
  const added: string[] = [];
  const absent: string[] = [];
  for (const build of builds) {
    const rpms = await rpmsOfBuild(chrootDir, build);
    if (rpms === null) absent.push(build);
    else added.push(...rpms);
  }
  return { added: [...new Set(added)], absent };
}

async function findReplaced(
  chrootDir: string,
  added: readonly string[],
  known: Packages,
): Promise<ReadonlySet<string>> {
  const replaced = new Set<string>();
  for (const href of added) {
    const entry = known.get(href);
    if (entry !== undefined && (await digestOfFile(path.join(chrootDir, href), entry.algorithm)) !== entry.checksum)
      replaced.add(href);
  }
  return replaced;
}
