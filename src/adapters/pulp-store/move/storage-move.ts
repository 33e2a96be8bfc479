import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectId, RepositoryId } from '../../../contracts/names/ids.js';
import type { MoveChroot, MovedBatch, MoveStep } from '../../../contracts/project/storage-move.js';
import type { Published } from '../../../contracts/repository/repository.js';
import type { StoreKind } from '../../../contracts/store-kind.js';
import type { StorageMove } from '../../../ports/project/storage-move.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { IndexerRun, PublishOptions, RepositoryIndexer } from '../../../ports/repository/repository-indexer.js';
import { chrootsIn } from '../../file-tree/chroots-and-builds.js';
import { readPackagesPlace, writePackagesPlace } from '../../file-tree/packages-place.js';
import { createTreePaths, insideRoot } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { entriesOfProject } from '../../file-tree/project-directories.js';
import { orNull } from '../../files/storage-failure.js';
import type { LocalPackage } from '../../pulp/packages.js';
import type { PulpContent } from '../../pulp/pulp-client.js';
import { labelsOf } from '../bring-packages.js';
import { LIVES, readBuildRecords, type Live } from '../build-record.js';
import { dropLocal } from '../drop-local.js';
import { nameOf } from '../names.js';
import type { PublishedMetadata } from '../published-metadata.js';
import type { RedirectFile } from '../redirect-file.js';
import { readRepomd } from '../../repository-store/metadata/metadata.js';
import { revisionOf } from '../generation.js';
import { createTaskFile } from '../task-file.js';
import { placeOf } from '../wanted-content.js';
import { mirrorRecords, type Mirror } from './mirror-records.js';
import { dropMirrored } from './mirrored.js';
import { createMoveSurvey } from './move-survey.js';
import { dropParked, park, treeMetadata, unpark } from './parked-metadata.js';
import { allOf, readTree, type TreeListing, type TreePackage } from './tree-listing.js';

/** Packages of one batch, and their bytes. */
const BATCH_PACKAGES = 500;
const BATCH_BYTES = 4 * 1024 ** 3;

const NOTHING: IndexerRun = {
  ...{ full: false, reread: true, devel: false, appstream: false, doStat: false },
  ...{ add: [], delete: [], removeRpms: [] },
};

/** Moves projects from the results tree to Pulp; `tree` and `pulp` publish in the one and the other. */
export function createStorageMove(deps: {
  readonly destdir: string;
  readonly client: PulpContent;
  readonly published: PublishedMetadata;
  readonly redirects: RedirectFile;
  readonly tree: RepositoryIndexer;
  readonly pulp: RepositoryIndexer;
}): StorageMove {
  const { client, published, redirects } = deps;
  const paths = createTreePaths(deps.destdir);
  const { survey } = createMoveSurvey(deps);
  const repodata = (repository: RepositoryId, live: Live): string => repodataOf(paths, repository, live === 'devel');

  async function chroots({ owner, project }: ProjectId): Promise<readonly MoveChroot[]> {
    const found: MoveChroot[] = [];
    for (const dirname of await entriesOfProject(paths.root, { owner, project }))
      for (const chroot of await chrootsIn(paths, { owner, dirname }))
        found.push({ dirname, chroot, packages: 0, bytes: 0 });
    return found;
  }

  async function copy(repository: RepositoryId, after: string | null, options: PublishOptions): Promise<MovedBatch> {
    const batch = nextBatch(allOf(await readTree(paths, repository)), after);
    const files = await Promise.all(batch.packages.map((one) => localPackage(repository, one)));
    // Tasks of publications are remembered elsewhere: the two may be under way at once.
    const memory = createTaskFile(paths.project(repository));
    const watch = { memory, signal: options.signal, onPoll: options.onProgress };
    await client.packages.ensure(
      files.filter((file) => file !== null),
      watch,
    );
    const bytes = batch.packages.reduce((sum, one) => sum + one.bytes, 0);
    return { after: batch.after, packages: batch.packages.length, bytes };
  }

  /** Null: it is gone since the metadata was read, or damaged; the mirror looks again. */
  async function localPackage(repository: RepositoryId, one: TreePackage): Promise<LocalPackage | null> {
    const file = path.join(paths.chroot(repository), one.build, one.file);
    const found = await orNull(stat(file));
    if (found === null) return null;
    return { file, sha256: one.sha256, bytes: found.size, labels: labelsOf(one.build, repository.chroot) };
  }

  /** Pulp lists and serves what the tree does. */
  async function mirror(repository: RepositoryId, options: PublishOptions): Promise<TreeListing> {
    const listing = await readTree(paths, repository);
    // Since then only the content that clients get from Pulp counts, and the metadata of the tree is out of date.
    if (listing.isParked) return listing;
    const chrootDir = paths.chroot(repository);
    const { there, absent } = await mirrorRecords({ ...{ packages: client.packages, chrootDir, listing }, ...options });
    const [first] = absent;
    if (first !== undefined)
      throw incomplete(repository, `Pulp lacks ${absent.length} packages, such as ${first.build}/${first.file}`);
    for (const live of LIVES) {
      const wanted = listing[live];
      if (wanted === null) continue;
      await deps.pulp.publish(repository, { ...NOTHING, devel: live === 'devel' }, options);
      await verify(repository, live, { wanted, there }, options);
    }
    return listing;
  }

  /** Reads what clients get at Pulp: each package of the tree, or the one of a newer build in its place. */
  async function verify(
    repository: RepositoryId,
    live: Live,
    { wanted, there }: { readonly wanted: readonly TreePackage[]; readonly there: Mirror['there'] },
    options: PublishOptions,
  ): Promise<void> {
    const seen = await publishedAt(repository, live, options);
    const records = await readBuildRecords(paths.chroot(repository));
    const places = new Set(
      records.flatMap(({ packages }) => packages.filter(({ sha256 }) => seen.has(sha256)).map(placeOf)),
    );
    const missing = wanted.filter(({ sha256 }) => {
      const one = there.get(sha256);
      return !seen.has(sha256) && (one === undefined || !places.has(placeOf(one)));
    });
    const [first] = missing;
    if (first !== undefined)
      throw incomplete(
        repository,
        `${missing.length} packages are not in the metadata that Pulp serves, such as ${first.build}/${first.file}`,
      );
  }

  /** The sha256 of every package that clients get at Pulp. */
  async function publishedAt(
    repository: RepositoryId,
    live: Live,
    { signal }: PublishOptions,
  ): Promise<ReadonlySet<string>> {
    const packages = await published.read(nameOf(repository, live), signal);
    return new Set([...(packages?.values() ?? [])].map(({ checksum }) => checksum));
  }

  async function leaveTree(repository: RepositoryId, options: PublishOptions): Promise<void> {
    await mirror(repository, options);
    for (const live of LIVES) await park(repodata(repository, live));
  }

  async function returnToTree(repository: RepositoryId): Promise<void> {
    for (const live of LIVES) await unpark(repodata(repository, live));
  }

  /** The tree lists what was published at Pulp since it left: packages of builds that came, and without those that went. */
  async function catchUp(repository: RepositoryId, options: PublishOptions): Promise<void> {
    const records = await readBuildRecords(paths.chroot(repository));
    for (const live of LIVES) {
      if ((await treeMetadata(repodata(repository, live))) === null) {
        // A chroot that is younger than the cut-over.
        if (live === 'public')
          await deps.tree.publish(repository, { ...NOTHING, full: true, appstream: true }, options);
        continue;
      }
      const listed = new Set(((await readTree(paths, repository))[live] ?? []).map(({ sha256 }) => sha256));
      const add = records
        .filter(({ listedIn, packages }) => listedIn.includes(live) && packages.some((one) => !listed.has(one.sha256)))
        .map(({ build }) => build);
      // Packages may also have been signed again.
      const run = { ...NOTHING, add, devel: live === 'devel', appstream: true, doStat: true };
      await deps.tree.publish(repository, run, options);
    }
  }

  async function retire(repository: RepositoryId, options: PublishOptions): Promise<void> {
    const chrootDir = paths.chroot(repository);
    const seen = new Set<string>();
    for (const live of LIVES) {
      const isThere = await published.exists(nameOf(repository, live), options.signal);
      const parked = await treeMetadata(repodata(repository, live));
      if (!isThere && parked !== null)
        throw incomplete(repository, 'Pulp serves no such repository: what the tree has of it stays');
      for (const sha256 of await publishedAt(repository, live, options)) seen.add(sha256);
    }
    for (const { build } of await readBuildRecords(chrootDir)) {
      options.signal?.throwIfAborted();
      await dropLocal(chrootDir, build, seen);
    }
    for (const live of LIVES) await dropParked(repodata(repository, live));
    await dropMirrored(chrootDir);
  }

  async function step(repository: RepositoryId, what: MoveStep, options: PublishOptions): Promise<Published> {
    await insideRoot(paths, paths.chroot(repository));
    switch (what) {
      case 'mirror':
        await mirror(repository, options);
        break;
      case 'leaveTree':
        await leaveTree(repository, options);
        break;
      case 'returnToTree':
        await returnToTree(repository);
        break;
      case 'catchUp':
        await catchUp(repository, options);
        break;
      case 'retire':
        await retire(repository, options);
        break;
    }
    return clientsSee(repository, what === 'leaveTree' || what === 'retire', options);
  }

  /** The public metadata after a step. */
  async function clientsSee(repository: RepositoryId, isAtPulp: boolean, options: PublishOptions): Promise<Published> {
    const common = { changed: true, hold: null, warnings: [] };
    const { collectAt } = await (isAtPulp ? deps.pulp : deps.tree).collect(repository, options);
    if (isAtPulp) {
      const found = await client.repositories.find(nameOf(repository, 'public'), options.signal);
      const version =
        found === null ? null : await client.repositories.version(found.latest_version_href, options.signal);
      const packages = (await publishedAt(repository, 'public', options)).size;
      return { ...common, packages, revision: version === null ? '0' : revisionOf(version), collectAt };
    }
    const place = await treeMetadata(repodata(repository, 'public'));
    const repomd = place === null ? null : await readRepomd(place.repomd);
    const packages = (await readTree(paths, repository)).public?.length ?? 0;
    return { ...common, packages, revision: repomd?.revision ?? '0', collectAt };
  }

  /** Never for a project that was deleted or renamed meanwhile. */
  async function note(project: ProjectId, store: StoreKind | null): Promise<void> {
    if ((await entriesOfProject(paths.root, project)).length === 0)
      throw new PortFailure('StorageMoveRefused', `${project.owner}/${project.project} has no results any more`);
    await writePackagesPlace(paths, project, store);
  }

  const doing = <T>(of: string, work: () => Promise<T>): Promise<T> =>
    paths.within(`${of} cannot be moved to Pulp`, work);
  return {
    survey,
    chroots: (project) => doing(`${project.owner}/${project.project}`, () => chroots(project)),
    begin: (project) =>
      doing(`${project.owner}/${project.project}`, async () => {
        if ((await readPackagesPlace(paths, project)) === null) await note(project, 'tree');
      }),
    route: (project, store) => doing(`${project.owner}/${project.project}`, () => note(project, store)),
    redirect: ({ owner, project }, isAtPulp) =>
      isAtPulp ? redirects.add(`${owner}/${project}`) : redirects.remove(`${owner}/${project}`),
    copy: (repository, after, options) => doing(paths.chroot(repository), () => copy(repository, after, options)),
    step: (repository, what, options) => doing(paths.chroot(repository), () => step(repository, what, options)),
  };
}

/** Whole build directories, by their names. */
function nextBatch(
  packages: readonly TreePackage[],
  after: string | null,
): { readonly packages: readonly TreePackage[]; readonly after: string | null } {
  const waiting = packages
    .filter(({ build }) => after === null || build > after)
    .toSorted((one, other) => (one.build < other.build ? -1 : 1));
  const taken: TreePackage[] = [];
  let bytes = 0;
  for (const one of waiting) {
    const isFull = taken.length >= BATCH_PACKAGES || bytes >= BATCH_BYTES;
    const last = taken.at(-1)?.build;
    if (isFull && last !== undefined && last !== one.build) return { packages: taken, after: last };
    taken.push(one);
    bytes += one.bytes;
  }
  return { packages: taken, after: null };
}

function incomplete({ owner, dirname, chroot }: RepositoryId, what: string): PortFailure {
  return new PortFailure('StorageMoveIncomplete', `${owner}/${dirname}/${chroot}: ${what}`);
}
