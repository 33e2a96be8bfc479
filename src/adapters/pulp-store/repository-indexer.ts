import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { GenerationOperation, Hold, Published } from '../../contracts/repository/repository.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import type { IndexerRun, PublishOptions, RepositoryIndexer } from '../../ports/repository/repository-indexer.js';
import { PortFailure } from '../../ports/port-failure.js';
import { exists } from '../files/entries.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { readPackagesPlace } from '../file-tree/packages-place.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import { repodataOf } from '../file-tree/repodata.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import type { TaskWatch } from '../pulp/tasks.js';
import { pendingRemovalsOf, union, type PendingRemovals } from '../repository-store/publication/pending-removals.js';
import {
  asPendingRemovals,
  readPendingRemovals,
  remember,
  returnBuilds,
} from '../repository-store/publication/removed-builds.js';
import { adoptBuilds } from './adopted-builds.js';
import { HELD_ELSEWHERE } from '../trash/elsewhere.js';
import { bringPackages } from './bring-packages.js';
import { buildsOf, leavePackages, readBuildRecords, type Live, type RecordedPackage } from './build-record.js';
import { createCollection } from './collection.js';
import { dropLocal } from './drop-local.js';
import { holdLabels, holdOf, revisionOf } from './generation.js';
import { recordsOfLeaving } from './labelled-builds.js';
import { recordOfMirrored } from './move/mirrored.js';
import { nameOf, pinOf } from './names.js';
import { removeOldMetadata } from './old-metadata.js';
import { createParkedRepositories, refuseParked } from './parked-repositories.js';
import type { PublishedMetadata } from './published-metadata.js';
import { readBack } from './read-back.js';
import { listOrWarn, type RedirectFile } from './redirect-file.js';
import { createTaskFile } from './task-file.js';
import { unpublishedDocuments } from './unpublished-documents.js';
import { updateContent } from './update-content.js';
import { wantedContent } from './wanted-content.js';

export type PulpIndexerDeps = {
  /** Logs and results of builds stay there. */
  readonly destdir: string;
  readonly client: PulpContent;
  readonly published: PublishedMetadata;
  /** Web servers of the results lead to Pulp by it. */
  readonly redirects: RedirectFile;
  /** How long superseded generations stay for clients that still read them. */
  readonly graceHours: number;
  /** Takes a build's directory out of the tree, which its packages left long enough ago; removes it by default. */
  readonly discard?: (directory: string) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/**
 * Repositories at Pulp (docs/decisions/0071): a chroot directory has a public and a devel repository there, whose
 * versions are the generations; a distribution serves the publication of one of them. The content of a
 * repository follows from the records of its builds, so that a run that was cut off is simply run again.
 */
export function createPulpIndexer(deps: PulpIndexerDeps): RepositoryIndexer {
  const paths = createTreePaths(deps.destdir);
  const now = deps.now ?? Date.now;
  const graceMs = deps.graceHours * 3_600_000;
  const { packages, repositories } = deps.client;
  const collect = createCollection({ paths, repositories, graceMs, now, discard: deps.discard });
  const parked = createParkedRepositories({ destdir: deps.destdir, repositories });

  async function watchOf(repository: RepositoryId, options: PublishOptions): Promise<TaskWatch> {
    const memory = createTaskFile(paths.chroot(repository));
    const watch = { memory, signal: options.signal, onPoll: options.onProgress };
    // Tasks of an earlier attempt may still change things: its findings no longer count.
    await repositories.awaitTasks(memory.all(), watch);
    return watch;
  }

  async function run(repository: RepositoryId, wanted: IndexerRun, options: PublishOptions): Promise<Published> {
    const chrootDir = paths.chroot(repository);
    const asked = pendingRemovalsOf(wanted);
    await makeDirectory(paths, chrootDir);
    await refuseParked(paths.project(repository), chrootDir);
    const watch = await watchOf(repository, options);
    await adoptBuilds(chrootDir, repository, { client: deps.client, signal: options.signal });
    await returnBuilds(chrootDir, wanted.add);
    const removals = union(asked, asPendingRemovals(await readPendingRemovals(chrootDir)));
    const live = liveOf(wanted.devel);
    const warnings = wanted.reread || wanted.full ? [...(await unpublishedDocuments(chrootDir))] : [];
    const all = await buildsToBring(chrootDir, wanted, live);
    const builds = all.filter((build) => !removals.builds.has(build));
    const brought = await bringPackages({ packages, chrootDir, repository, builds, live, removals, watch });
    for (const build of brought.missing) warnings.push(`${build} is not there: nothing of it was added`);
    const content = { removals, adding: wanted.add, units: brought.units };
    const { listed, ...published } = await publishOne(repository, live, content, watch);
    warnings.push(...published.warnings);
    const project = { owner: repository.owner, project: projectOfDirname(repository.dirname) };
    // The tree may have to serve them again.
    const isMoving = (await readPackagesPlace(paths, project)) !== null;
    if (listed !== null && !isMoving) {
      for (const build of builds) await dropLocal(chrootDir, build, listed);
      const repodata = repodataOf(paths, repository, wanted.devel);
      await insideRoot(paths, repodata);
      const hidden = await removeOldMetadata(repodata, listed);
      if (hidden !== null) warnings.push(hidden);
    }
    if (asked.builds.size + asked.rpms.size > 0) {
      const other = liveOf(!wanted.devel);
      if ((await repositories.find(nameOf(repository, other), options.signal)) !== null)
        warnings.push(
          ...(await publishOne(repository, other, { removals, adding: [], units: new Map() }, watch)).warnings,
        );
      await remember(chrootDir, asked, now());
      await leaveAll(chrootDir, asked.rpms);
    }
    warnings.push(...(await listOrWarn(deps.redirects, project, options.signal)));
    const { collectAt, failures } = await collect(repository, watch, { isSuperseding: published.changed });
    return { ...published, warnings: [...warnings, ...failures], collectAt };
  }

  /**
   * Undoes a publication that a deletion overtook: nobody would look for its repositories any more. While the directory
   * is on its way into the trash, the deletion itself does that. After a renaming, they are the new name's.
   */
  async function refuseLate(repository: RepositoryId, { signal }: PublishOptions): Promise<void> {
    const isDeletion = (error: unknown): boolean => error instanceof PortFailure && error.code === 'ProjectDeleted';
    try {
      await refuseParked(paths.project(repository), paths.chroot(repository));
    } catch (error) {
      if (isDeletion(error)) await unlist(repository, signal);
      throw error;
    }
    try {
      await refuseDeleted(paths.root, paths.chroot(repository));
    } catch (error) {
      if (isDeletion(error)) {
        await parked.forget(repository, signal === undefined ? {} : { signal });
        await unlist(repository, signal);
      }
      throw error;
    }
  }

  /** The deletion of a project has taken it off the list, perhaps before this publication put it there. */
  async function unlist({ owner, dirname }: RepositoryId, signal: AbortSignal | undefined): Promise<void> {
    const project = projectOfDirname(dirname);
    const main = paths.project({ owner, dirname: project });
    const isThere = (await exists(main)) && !(await exists(path.join(main, HELD_ELSEWHERE)));
    if (!isThere) await deps.redirects.remove(`${owner}/${project}`, signal);
  }

  /**
   * Makes one repository list what its builds have, in one publication. `listed`: sha256 of all packages that clients
   * were seen to get; null: a hold keeps them from that.
   */
  async function publishOne(
    repository: RepositoryId,
    live: Live,
    {
      removals,
      adding,
      units: seen,
    }: { readonly removals: PendingRemovals } & Pick<Parameters<typeof updateContent>[0], 'adding' | 'units'>,
    watch: TaskWatch,
  ): Promise<Published & { readonly listed: ReadonlySet<string> | null }> {
    const name = nameOf(repository, live);
    const chrootDir = paths.chroot(repository);
    const own = await readBuildRecords(chrootDir);
    const others = await recordsOfLeaving(own, removals.builds, { packages, signal: watch.signal });
    const records = [...own, ...others, ...(await recordOfMirrored(chrootDir))];
    const { version, units, lost, made } = await updateContent({
      ...{ client: deps.client, name, chrootDir, records, adding, units: seen, watch },
      wanted: (without) => wantedContent(records, live, removals, without),
    });
    const publication = await repositories.publish(version, watch, { isNew: made !== null });
    const distribution = await repositories.distribution(name, watch.signal);
    const hold = holdOf(distribution);
    const isServed = distribution?.publication === publication.pulp_href;
    if (hold === null) {
      const served = { name, publication: publication.pulp_href, labels: {} };
      if (!isServed) await repositories.serve(served, watch, { readsBack: true, there: distribution });
      await readBack(deps.published, name, units, watch);
    }
    const revision = revisionOf(made ?? (await repositories.version(version, watch.signal)));
    const listed = hold === null ? new Set(units.map(({ sha256 }) => sha256)) : null;
    const warnings = lostFrom(name, [...lost.values()]);
    return { packages: units.length, revision, changed: !isServed, hold, collectAt: null, warnings, listed };
  }

  async function operate(
    repository: RepositoryId,
    operation: GenerationOperation,
    options: PublishOptions,
  ): Promise<Published> {
    await insideRoot(paths, paths.chroot(repository));
    const watch = await watchOf(repository, options);
    const name = nameOf(repository, 'public');
    switch (operation.kind) {
      case 'rollback': {
        const { publication } = await generationOf(repository, operation.generation, watch);
        const { generation, by, reason } = operation;
        const hold: Hold = { generation, by, reason, since: new Date(now()).toISOString() };
        await repositories.serve({ name, publication, labels: holdLabels(hold) }, watch);
        break;
      }
      case 'release': {
        const newest = await generationOf(repository, null, watch);
        await repositories.serve({ name, publication: newest.publication, labels: {} }, watch);
        break;
      }
      case 'pin': {
        const { publication } = await generationOf(repository, operation.generation, watch);
        await repositories.serve({ name: pinOf(name, operation.generation), publication, labels: {} }, watch);
        break;
      }
      case 'unpin': {
        const pin = await repositories.distribution(pinOf(name, operation.generation), options.signal);
        if (pin === null) throw unknown(name, operation.generation);
        await repositories.remove(pin.pulp_href, watch);
        break;
      }
    }
    return answerOf(repository, watch);
  }

  /** A generation that was published; null: the newest. */
  async function generationOf(
    repository: RepositoryId,
    generation: string | null,
    { signal }: TaskWatch,
  ): Promise<{ readonly publication: string }> {
    const name = nameOf(repository, 'public');
    const found = await repositories.find(name, signal);
    if (found === null) throw unknown(name, generation ?? 'any');
    const versions = await repositories.versions(found, signal);
    const publications = await repositories.publications(found, signal);
    for (const version of versions.toSorted((one, other) => other.number - one.number)) {
      const publication = publications.find((one) => one.repository_version === version.pulp_href);
      if (publication === undefined || (generation !== null && revisionOf(version) !== generation)) continue;
      return { publication: publication.pulp_href };
    }
    throw unknown(name, generation ?? 'any');
  }

  async function answerOf(repository: RepositoryId, watch: TaskWatch): Promise<Published> {
    const name = nameOf(repository, 'public');
    const found = await repositories.find(name, watch.signal);
    if (found === null) throw unknown(name, 'any');
    const version = await repositories.version(found.latest_version_href, watch.signal);
    const units = await packages.ofVersion(version.pulp_href, watch.signal);
    const hold = holdOf(await repositories.distribution(name, watch.signal));
    const { collectAt } = await collect(repository, watch);
    return { packages: units.length, revision: revisionOf(version), changed: true, hold, collectAt, warnings: [] };
  }

  const within = <T>(repository: RepositoryId, what: string, work: () => Promise<T>): Promise<T> =>
    paths.within(`${paths.chroot(repository)}: ${what}`, work);
  return {
    exists: (repository, { devel }) => deps.published.exists(nameOf(repository, liveOf(devel))),
    publish: (repository, wanted, options) =>
      within(repository, 'the repository cannot be changed', () =>
        run(repository, wanted, options).finally(() => refuseLate(repository, options)),
      ),
    operate: (repository, operation, options) =>
      within(repository, 'its generations cannot be changed', () => operate(repository, operation, options)),
    collect: (repository, options = {}) =>
      within(repository, 'it cannot be tidied up', async () => {
        const { collectAt } = await collect(repository, await watchOf(repository, options));
        return { collectAt };
      }),
  };
}

function liveOf(devel: boolean): Live {
  return devel ? 'devel' : 'public';
}

/** The builds whose packages may not be at Pulp: all, those to add, or those that may have been signed again. */
async function buildsToBring(
  chrootDir: string,
  { full, add, doStat }: IndexerRun,
  live: Live,
): Promise<readonly string[]> {
  if (full) return buildsOf(chrootDir);
  const listed = doStat ? (await readBuildRecords(chrootDir)).filter(({ listedIn }) => listedIn.includes(live)) : [];
  return [...new Set([...add, ...listed.map(({ build }) => build)])];
}

/** One warning, however many they are. */
function lostFrom(name: string, lost: readonly RecordedPackage[]): readonly string[] {
  const [first] = lost;
  if (first === undefined) return [];
  const others = lost.length === 1 ? '' : ` and ${lost.length - 1} others`;
  return [`${name}: Pulp no longer has ${first.file}${others} of its builds: published without`];
}

/** These packages, by their paths, are no longer their builds'. */
async function leaveAll(chrootDir: string, rpms: ReadonlySet<string>): Promise<void> {
  for (const build of new Set([...rpms].map((rpm) => path.posix.dirname(rpm))))
    await leavePackages(chrootDir, build, ({ file }) => rpms.has(`${build}/${file}`));
}

function unknown(name: string, generation: string): PortFailure {
  return new PortFailure('GenerationUnknown', `${name} has no published generation ${generation}`);
}
