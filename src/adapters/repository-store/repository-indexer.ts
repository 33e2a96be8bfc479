import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { Hold, Published } from '../../contracts/repository/repository.js';
import type { IndexerRun, PublishOptions, RepositoryIndexer } from '../../ports/repository/repository-indexer.js';
import { PortFailure } from '../../ports/port-failure.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { isAtPulp, isEmptied } from '../file-tree/at-pulp.js';
import { buildsIn } from '../file-tree/chroots-and-builds.js';
import { exists } from '../files/entries.js';
import { readPackagesPlace } from '../file-tree/packages-place.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import { repodataOf } from '../file-tree/repodata.js';
import {
  asPendingRemovals,
  collectPendingRemovals,
  readPendingRemovals,
  remember,
  returnBuilds,
} from './publication/removed-builds.js';
import { pendingRemovalsOf, isPendingRemoval, union } from './publication/pending-removals.js';
import { collectGarbage } from './generations/generations.js';
import { readHold } from './generations/hold.js';
import { inspectMetadata, placeOf, readMetadata } from './metadata/metadata.js';
import { enforceHold, operateGenerations } from './generations/operations.js';
import { answer, failed, publishMetadata, type PublicationContext } from './publication/publication.js';
import { withPublisherLock } from './publication/publisher-lock.js';
import type { RepomdSigner } from './signing/repomd-signing.js';
import { readStandingDocuments, sayProblems } from './metadata/standing-documents.js';
import { withWorkDirectory } from './publication/work-directory.js';

export type CreaterepoIndexerDeps = {
  readonly destdir: string;
  /** URL of `destdir`; base URL of packages in devel metadata. */
  readonly resultsBaseurl: string;
  /** How long superseded metadata, and packages that left it, stay for clients that still read them. */
  readonly graceHours: number;
  /** Signs repomd.xml for the project of a repository; without it there is no repomd.xml.asc. */
  readonly sign?: RepomdSigner;
  /** Absolute path of appstream-builder; without it no application data is made. */
  readonly appstreamBuilder?: string | null;
  /** Removes a build directory that has left the metadata for good; default: at once and whole. */
  readonly discard?: (directory: string) => Promise<void>;
  /** Replaces parts of `INCREMENTAL`. */
  readonly incremental?: Partial<typeof INCREMENTAL>;
  readonly log?: IndexerLog;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** Uncompressed size from which metadata is updated member by member, and the size of the members (decision 0019). */
const INCREMENTAL = { leastBytes: 128 * 1024, memberBytes: 768 * 1024 };

export type IndexerLog = { readonly warn: (facts: object, message: string) => void };

/**
 * Makes repository metadata with createrepo_c: beside the live metadata, verified, then switched to with one rename.
 */
export function createCreaterepoIndexer(deps: CreaterepoIndexerDeps): RepositoryIndexer {
  const paths = createTreePaths(deps.destdir);
  const now = deps.now ?? Date.now;
  const context: PublicationContext = {
    paths,
    resultsBaseurl: deps.resultsBaseurl,
    sign: deps.sign ?? null,
    incremental: { ...INCREMENTAL, ...deps.incremental },
    log: deps.log ?? { warn: () => undefined },
    appstreamBuilder: deps.appstreamBuilder ?? null,
  };

  async function run(repository: RepositoryId, wanted: IndexerRun, options: PublishOptions): Promise<Published> {
    const chrootDir = paths.chroot(repository);
    const asked = pendingRemovalsOf(wanted);
    await refuseAtPulp(repository, wanted);
    await makeDirectory(paths, path.dirname(repodataOf(paths, repository, wanted.devel)));
    await returnBuilds(chrootDir, wanted.add);
    const documents = await readStandingDocuments(chrootDir);
    const said = sayProblems(documents, wanted.add);
    for (const problem of said.warnings) context.log.warn({ chrootDir, problem }, 'a document is not published');
    const pendingRemovals = union(asked, asPendingRemovals(await readPendingRemovals(chrootDir)));
    const publishOne = (one: IndexerRun, hold: Hold | null): ReturnType<typeof publishMetadata> =>
      withWorkDirectory(paths, repository, (workDir) =>
        publishMetadata({
          context,
          repository,
          run: one,
          pendingRemovals,
          documents,
          hold,
          options,
          workDir,
          now: now(),
        }),
      );
    const hold = await currentHold(repository, options);
    const published = await publishOne(wanted, wanted.devel ? null : hold);

    // Devel and public metadata list the same files, so a removed file leaves both.
    const isRemoving = asked.builds.size + asked.rpms.size > 0;
    const other = { ...wanted, devel: !wanted.devel, full: false, reread: false, doStat: false, add: [] };
    if (isRemoving && (await names(repository, other.devel, (href) => isPendingRemoval(asked, href), hold)))
      await publishOne(other, other.devel ? null : hold);
    options.onProgress?.('remembering');
    // Clients already see the change, so a cancel comes too late.
    if (isRemoving) await withPublisherLock(paths, repository, {}, () => remember(chrootDir, asked, now()));
    options.onProgress?.('tidying up');
    const { collectAt, failures } = await collect(repository);
    const notes = [...said.notes, ...(published.notes ?? [])];
    const warnings = [...said.warnings, ...published.warnings, ...failures];
    return { ...published, warnings, ...(notes.length === 0 ? {} : { notes }), collectAt };
  }

  /** Web servers look into the tree first: metadata here would hide what Pulp serves. */
  async function refuseAtPulp(repository: RepositoryId, { add, full }: IndexerRun): Promise<void> {
    const chrootDir = paths.chroot(repository);
    await insideRoot(paths, chrootDir);
    // While the project moves, or since its move was undone, both have the packages, and clients get those of the tree.
    const project = { owner: repository.owner, project: projectOfDirname(repository.dirname) };
    if ((await readPackagesPlace(paths, project)) === 'tree') return;
    const builds = full ? await buildsIn(paths, repository) : add;
    if (!(await isAtPulp(chrootDir, builds)) && !(full && (await isEmptied(chrootDir, builds)))) return;
    const why = `${chrootDir}: its packages are at Pulp, and metadata in the results tree would hide them`;
    // The packages will be there the next time, too.
    throw new PortFailure('RepositoryFailed', why, { retryable: false });
  }

  /** True if the live or the prepared metadata lists a package that `wanted` accepts. */
  async function names(
    repository: RepositoryId,
    devel: boolean,
    wanted: (href: string) => boolean,
    hold: Hold | null,
  ): Promise<boolean> {
    const live = repodataOf(paths, repository, devel);
    if (!devel && hold !== null) return true;
    const metadata = await readMetadata(placeOf(live));
    return metadata.state === 'whole' && [...metadata.packages.keys()].some(wanted);
  }

  async function currentHold(repository: RepositoryId, options: PublishOptions): Promise<Hold | null> {
    if ((await readHold(repodataOf(paths, repository, false))) === null) return null;
    return withWorkDirectory(paths, repository, (workDir) =>
      withPublisherLock(paths, repository, options, () =>
        enforceHold({ paths, repository, workDir, now: now() }, context.log),
      ),
    );
  }

  async function collect(
    repository: RepositoryId,
  ): Promise<{ readonly collectAt: string | null; readonly failures: readonly string[] }> {
    const chrootDir = paths.chroot(repository);
    await insideRoot(paths, chrootDir);
    const ms = deps.graceHours * 3_600_000;
    // Files that another publisher has moved in but not listed yet are not garbage.
    if (await exists(chrootDir))
      await withPublisherLock(paths, repository, {}, async () => {
        for (const devel of [false, true]) await collectGarbage(repodataOf(paths, repository, devel), now() - ms);
      });
    const grace = { now: now(), ms, ...(deps.discard === undefined ? {} : { discard: deps.discard }) };
    const { collectAt, failures } = await collectPendingRemovals(chrootDir, grace);
    for (const failure of failures) context.log.warn({ chrootDir, failure }, 'a deleted build cannot be removed');
    return { collectAt, failures };
  }

  async function operate(
    repository: RepositoryId,
    operation: Parameters<RepositoryIndexer['operate']>[1],
    options: PublishOptions,
  ): Promise<Published> {
    const chrootDir = paths.chroot(repository);
    const live = repodataOf(paths, repository, false);
    await insideRoot(paths, live);
    await withWorkDirectory(paths, repository, (workDir) =>
      withPublisherLock(paths, repository, options, () =>
        operateGenerations({ paths, repository, workDir, now: now() }, operation),
      ),
    );
    const hold = await readHold(live);
    const metadata = await readMetadata(placeOf(live));
    if (metadata.state === 'damaged') {
      // There is no complete metadata to go live, so the tree is read.
      const flags = { full: true, reread: false, devel: false, appstream: false, doStat: false };
      if (operation.kind === 'release')
        return run(repository, { ...flags, add: [], delete: [], removeRpms: [] }, options);
      throw failed(chrootDir, `the live metadata is damaged (${metadata.why}): ask for a full run`);
    }
    const { collectAt } = await collect(repository);
    return { ...answer(metadata, { changed: true, hold, warnings: [] }), collectAt };
  }

  return {
    exists: async (repository, { devel }) => {
      const live = repodataOf(paths, repository, devel);
      return paths.within(
        `${live} cannot be read`,
        async () => (await inspectMetadata(placeOf(live))).state === 'complete',
      );
    },
    publish: async (repository, wanted, options) =>
      paths.within(`${paths.chroot(repository)}: the metadata cannot be made`, () => run(repository, wanted, options)),
    operate: async (repository, operation, options) =>
      paths.within(`${paths.chroot(repository)}: its generations cannot be changed`, () =>
        operate(repository, operation, options),
      ),
    collect: async (repository) =>
      paths.within(`${paths.chroot(repository)} cannot be tidied up`, async () => {
        const { collectAt } = await collect(repository);
        return { collectAt };
      }),
  };
}
