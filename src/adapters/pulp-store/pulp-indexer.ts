import type { RepositoryId } from '../../contracts/names/ids.js';
import type { Hold, Published, RepositoryOperation } from '../../contracts/repository/repository.js';
import type { IndexerRun, PublishOptions, RepositoryIndexer } from '../../ports/repository/repository-indexer.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import type { PulpClient } from '../pulp/pulp-client.js';
import type { TaskWatch } from '../pulp/tasks.js';
import { pendingRemovalsOf, union, type PendingRemovals } from '../repository-store/publication/pending-removals.js';
import {
  asPendingRemovals,
  readPendingRemovals,
  remember,
  returnBuilds,
} from '../repository-store/publication/removed-builds.js';
import { bringPackages } from './bring-packages.js';
import { buildsOf, readBuildRecords, type Live } from './build-record.js';
import { collectVersions } from './collect-versions.js';
import { holdLabels, holdOf, revisionOf } from './generation.js';
import type { PublishedMetadata } from './published-metadata.js';
import { readBack } from './read-back.js';
import { createTaskFile } from './task-file.js';
import { updateContent } from './update-content.js';
import { wantedContent } from './wanted-content.js';

export type PulpIndexerDeps = {
  /** Logs and results of builds stay there. */
  readonly destdir: string;
  readonly client: PulpClient;
  readonly published: PublishedMetadata;
  /** How long superseded generations stay for clients that still read them. */
  readonly graceHours: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/**
 * Repositories at Pulp (docs/decisions/0071): a chroot directory has a public and a devel repository there, whose
 * versions are the generations; a distribution serves the publication of one of them. What a repository has to list
 * follows from the records of its builds, so that a run that was cut off is simply run again.
 */
export function createPulpIndexer(deps: PulpIndexerDeps): RepositoryIndexer {
  const paths = createTreePaths(deps.destdir);
  const now = deps.now ?? Date.now;
  const { packages, repositories } = deps.client;

  async function watchOf(repository: RepositoryId, options: PublishOptions): Promise<TaskWatch> {
    const memory = createTaskFile(paths.chroot(repository));
    const watch = { memory, signal: options.signal, onPoll: options.onProgress };
    // What an earlier attempt submitted may still change things: what it found then counts no longer.
    await repositories.settle(memory.all(), watch);
    return watch;
  }

  async function run(repository: RepositoryId, wanted: IndexerRun, options: PublishOptions): Promise<Published> {
    const chrootDir = paths.chroot(repository);
    const asked = pendingRemovalsOf(wanted);
    await makeDirectory(paths, chrootDir);
    const watch = await watchOf(repository, options);
    await returnBuilds(chrootDir, wanted.add);
    const removals = union(asked, asPendingRemovals(await readPendingRemovals(chrootDir)));
    const live = liveOf(wanted.devel);
    const warnings: string[] = [];
    for (const build of wanted.full ? await buildsOf(chrootDir) : wanted.add) {
      if (removals.builds.has(build)) continue;
      const brought = await bringPackages({ packages, chrootDir, repository, build, live, watch });
      if (brought === 'missing') warnings.push(`${build} is not there: nothing of it was added`);
    }
    const published = await publishOne(repository, live, removals, watch);
    if (asked.builds.size + asked.rpms.size > 0) {
      const other = liveOf(!wanted.devel);
      if ((await repositories.find(nameOf(repository, other), options.signal)) !== null)
        await publishOne(repository, other, removals, watch);
      await remember(chrootDir, asked, now());
    }
    const { collectAt } = await collect(repository, watch);
    return { ...published, warnings, collectAt };
  }

  /** Makes one repository list what its builds have, in one publication. */
  async function publishOne(
    repository: RepositoryId,
    live: Live,
    removals: PendingRemovals,
    watch: TaskWatch,
  ): Promise<Published> {
    const name = nameOf(repository, live);
    const chrootDir = paths.chroot(repository);
    const records = await readBuildRecords(chrootDir);
    const content = wantedContent(records, live, removals);
    const { version, units } = await updateContent({ client: deps.client, name, chrootDir, records, content, watch });
    const publication = await repositories.publish(version, watch);
    const distribution = await repositories.distribution(name, watch.signal);
    const hold = holdOf(distribution);
    const isServed = distribution?.publication === publication.pulp_href;
    if (hold === null) {
      if (!isServed) await repositories.serve({ name, publication: publication.pulp_href, labels: {} }, watch);
      await readBack(deps.published, name, units, watch);
    }
    const revision = revisionOf(await repositories.version(version, watch.signal));
    return { packages: units.length, revision, changed: !isServed, hold, collectAt: null, warnings: [] };
  }

  async function operate(
    repository: RepositoryId,
    operation: RepositoryOperation,
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

  async function collect(repository: RepositoryId, watch: TaskWatch): Promise<{ readonly collectAt: string | null }> {
    const names = [nameOf(repository, 'public'), nameOf(repository, 'devel')];
    const times = [];
    for (const name of names)
      times.push(
        await collectVersions({ repositories, name, graceMs: deps.graceHours * 3_600_000, now: now(), watch }),
      );
    const due = times.filter((time) => time !== null);
    return { collectAt: due.length === 0 ? null : new Date(Math.min(...due)).toISOString() };
  }

  const within = <T>(repository: RepositoryId, what: string, work: () => Promise<T>): Promise<T> =>
    paths.within(`${paths.chroot(repository)}: ${what}`, work);
  return {
    exists: async (repository, { devel }) => (await deps.published.read(nameOf(repository, liveOf(devel)))) !== null,
    publish: (repository, wanted, options) =>
      within(repository, 'the repository cannot be changed', () => run(repository, wanted, options)),
    operate: (repository, operation, options) =>
      within(repository, 'its generations cannot be changed', () => operate(repository, operation, options)),
    collect: (repository) =>
      within(repository, 'it cannot be tidied up', async () => collect(repository, await watchOf(repository, {}))),
  };
}

function liveOf(devel: boolean): Live {
  return devel ? 'devel' : 'public';
}

/** Names of repository and distribution, and the base path. */
function nameOf({ owner, dirname, chroot }: RepositoryId, live: Live): string {
  return `${owner}/${dirname}/${chroot}${live === 'devel' ? '-devel' : ''}`;
}

/** A pinned generation has a name beside the repository's: Pulp refuses one below it. */
function pinOf(name: string, generation: string): string {
  return `${name}@${generation}`;
}

function unknown(name: string, generation: string): PortFailure {
  return new PortFailure('GenerationUnknown', `${name} has no published generation ${generation}`);
}
