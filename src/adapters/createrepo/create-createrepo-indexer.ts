import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../contracts/ids.js';
import type { Published } from '../../contracts/repository.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { IndexerRun, PublishOptions, RepositoryIndexer } from '../../ports/repository-indexer.js';
import { createTreePaths, insideRoot, makeDirectory, type TreePaths } from '../result-tree/paths.js';
import { withStorage } from '../result-tree/storage-failure.js';
import { collectGarbage, switchTo } from './generations.js';
import { findGap, readMetadata, readRepomd, type Metadata } from './metadata.js';
import { planRun, type RunPlan } from './plan-run.js';
import { sameContent } from './repomd.js';
import { runCreaterepo } from './run-createrepo.js';
import { verifyMetadata } from './verify.js';
import { linkLive, withWorkDirectory } from './work-directory.js';

export type CreaterepoIndexerDeps = {
  readonly destdir: string;
  /** URL of `destdir`; devel metadata names packages by it. */
  readonly resultsBaseurl: string;
  /** How long superseded metadata files stay for clients that still read them. */
  readonly graceHours: number;
  readonly log?: IndexerLog;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

export type IndexerLog = { readonly warn: (facts: object, message: string) => void };

/**
 * Repository metadata by createrepo_c: made beside the live metadata, verified, then switched to by one rename
 * (design: a repository is a publication).
 */
export function createCreaterepoIndexer(deps: CreaterepoIndexerDeps): RepositoryIndexer {
  const paths = createTreePaths(deps.destdir);
  return {
    exists: async (repository, { devel }) => {
      const live = path.join(outputDirectory(paths, repository, devel), 'repodata');
      return withStorage(`${live} cannot be read`, async () => (await findGap(live)) === null);
    },
    publish: async (repository, run, options) =>
      withStorage(`${paths.chroot(repository)}: the metadata cannot be made`, async () => {
        await makeDirectory(paths, outputDirectory(paths, repository, run.devel));
        return withWorkDirectory(paths, repository, (workDir) =>
          publish({ deps, paths, repository, run, options, workDir }),
        );
      }),
  };
}

function outputDirectory(paths: TreePaths, repository: RepositoryId, devel: boolean): string {
  return devel ? path.join(paths.chroot(repository), 'devel') : paths.chroot(repository);
}

type Publication = {
  readonly deps: CreaterepoIndexerDeps;
  readonly paths: TreePaths;
  readonly repository: RepositoryId;
  readonly run: IndexerRun;
  readonly options: PublishOptions;
  readonly workDir: string;
};

async function publish(publication: Publication): Promise<Published> {
  const { deps, paths, repository, run, workDir } = publication;
  const now = (deps.now ?? Date.now)();
  const chrootDir = paths.chroot(repository);
  const live = path.join(outputDirectory(paths, repository, run.devel), 'repodata');
  await insideRoot(paths, live);

  const before = await readMetadata(live);
  if (typeof before === 'string') deps.log?.warn({ live, gap: before }, 'metadata is not whole, all packages are read');
  const plan = await planRun({ chrootDir, before: typeof before === 'string' ? null : before, run });
  const warnings: string[] = [];
  if (plan.absent.length > 0) {
    deps.log?.warn({ chrootDir, absent: plan.absent }, 'build directories to add are gone');
    warnings.push(`build directories to add are gone: ${plan.absent.slice(0, 5).join(', ')}`);
  }
  if (typeof before !== 'string') {
    if (plan.isSettled) {
      await removeDeparted(chrootDir, run);
      return published(before, false, warnings);
    }
    await linkLive(live, workDir, before);
  }

  await makeMetadata(publication, plan, revisionAfter(before, now));
  const repodata = path.join(workDir, 'repodata');
  const made = await readMetadata(repodata);
  if (typeof made === 'string') throw failed(chrootDir, `createrepo_c made no valid metadata: ${made}`);
  const broken = await verifyMetadata(made, { chrootDir, wanted: plan.wanted, added: plan.added, before: plan.before });
  if (broken.length > 0) deps.log?.warn({ chrootDir, broken }, 'unreadable packages were left out of the metadata');
  if (typeof before !== 'string' && sameContent(before.repomd, made.repomd)) {
    await removeDeparted(chrootDir, run);
    return published(before, false, warnings);
  }

  publication.options.signal?.throwIfAborted();
  await switchTo(live, { repodata, repomd: made.repomd, now });
  await readBack(chrootDir, live, made);
  await collectGarbage(live, now - deps.graceHours * 3_600_000);
  await removeDeparted(chrootDir, run);
  return published(made, true, warnings);
}

async function makeMetadata(publication: Publication, plan: RunPlan, revision: number): Promise<void> {
  const { deps, paths, repository, run, options, workDir } = publication;
  const base = `${deps.resultsBaseurl.replace(/\/+$/, '')}/${repository.owner}/${repository.dirname}/${repository.chroot}`;
  const common = {
    chroot: repository.chroot,
    chrootDir: paths.chroot(repository),
    workDir,
    baseurl: run.devel ? base : null,
    revision,
    signal: options.signal,
    onProgress: () => options.onProgress?.('indexing'),
  };
  // What is known by path is taken over unread, so a package that was replaced has to leave the metadata first.
  if (plan.replaced.size > 0) {
    const rest = plan.wanted.filter((href) => !plan.replaced.has(href));
    await runCreaterepo({ ...common, packages: rest, update: plan.update });
  }
  await runCreaterepo({ ...common, packages: plan.wanted, update: plan.update });
}

/** Seconds since the epoch, as createrepo_c would say, but always growing. */
function revisionAfter(before: Metadata | string, now: number): number {
  const last = typeof before === 'string' ? Number.NaN : Number(before.repomd.revision);
  const current = Math.floor(now / 1000);
  return Number.isSafeInteger(last) ? Math.max(current, last + 1) : current;
}

/** A client's view after the switch. */
async function readBack(chrootDir: string, live: string, made: Metadata): Promise<void> {
  const [gap, repomd] = [await findGap(live), await readRepomd(live)];
  if (gap !== null) throw failed(chrootDir, `the metadata did not arrive: ${gap}`);
  if (repomd?.revision !== made.repomd.revision || !sameContent(repomd, made.repomd))
    throw failed(chrootDir, 'somebody else wrote the metadata at the same time: end the other writer');
}

/** Only what no metadata names any more. */
async function removeDeparted(chrootDir: string, run: IndexerRun): Promise<void> {
  for (const name of [...run.removeRpms, ...run.delete])
    await rm(path.join(chrootDir, name), { recursive: true, force: true });
}

function published(metadata: Metadata, changed: boolean, warnings: readonly string[]): Published {
  const { revision } = metadata.repomd;
  return { packages: metadata.packages.size, revision, changed, hold: null, collectAt: null, warnings };
}

function failed(chrootDir: string, why: string): PortFailure {
  return new PortFailure('RepositoryFailed', `${chrootDir}: ${why}`, { retryable: true });
}
