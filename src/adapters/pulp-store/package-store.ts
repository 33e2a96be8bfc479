import type { PackageStore } from '../../ports/package-store.js';
import type { PrunableTree } from '../../ports/prune/prunable-tree.js';
import type { MoveSurvey, StorageMove } from '../../ports/project/storage-move.js';
import type { RepositoryIndexer } from '../../ports/repository/repository-indexer.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Signer } from '../../ports/signing/signer.js';
import { createTreePaths, insideRoot } from '../file-tree/paths.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import type { Elsewhere } from '../trash/elsewhere.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { GenerationReader } from '../../ports/repository/generation-reader.js';
import { adoptBuilds } from './adopted-builds.js';
import { createPulpBuildCopies } from './build-copies.js';
import { findPulpDamage, type PulpDamage } from './damage.js';
import { openPulpGenerations } from './generation-reader.js';
import { createMoveSurvey } from './move/move-survey.js';
import { createStorageMove } from './move/storage-move.js';
import { createPackageBytes } from './package-bytes.js';
import { createPulpPackageCopies } from './package-copies.js';
import { createParkedRepositories } from './parked-repositories.js';
import { createPulpProjectTree } from './project-tree.js';
import { createPulpPrunableTree } from './prunable-tree.js';
import type { PublishedMetadata } from './published-metadata.js';
import { createPulpIndexer, type PulpIndexerDeps } from './repository-indexer.js';
import type { RedirectFile } from './redirect-file.js';
import { refusing } from './refusing.js';
import { createPulpSigner } from './signer.js';
import { hasTraces } from './traces.js';

/** Projects at Pulp (docs/decisions/0071). */
export type PulpStorage = {
  readonly store: (deps: Pick<PulpIndexerDeps, 'graceHours' | 'discard'>) => PackageStore;
  /** For the trash, which has deleted projects of both stores. */
  readonly elsewhere: Elsewhere;
  readonly generations: (repository: RepositoryId) => GenerationReader;
  /** As a pruner sees it. */
  readonly prunable: Pick<PrunableTree, 'survey'>;
  /** Repositories of a chroot that a full run has to publish again. */
  readonly damage: (repository: RepositoryId) => Promise<readonly PulpDamage[]>;
  /** Looks at projects that are to move here; for commands. */
  readonly moveSurvey: MoveSurvey;
  /** Moves projects here from the results tree; `tree` and `pulp` publish there and here. */
  readonly move: (indexers: { readonly tree: RepositoryIndexer; readonly pulp: RepositoryIndexer }) => StorageMove;
  /** The same signer, which also looks at packages that are gone from the disk. */
  readonly signing: (signer: Signer) => Signer;
};

export function createPulpStorage(deps: {
  readonly destdir: string;
  readonly client: PulpContent;
  readonly published: PublishedMetadata;
  readonly redirects: RedirectFile;
}): PulpStorage {
  const { destdir, client, published, redirects } = deps;
  const { repositories } = client;
  const bytes = createPackageBytes({ client, published });
  const paths = createTreePaths(destdir);
  const parked = createParkedRepositories({ destdir, repositories, redirects });
  const prunable = createPulpPrunableTree({ destdir, client });
  return {
    store: (more) => ({
      insist: () => Promise.resolve(),
      indexer: createPulpIndexer({ ...deps, ...more }),
      packageCopies: createPulpPackageCopies({ destdir, bytes }),
      copies: createPulpBuildCopies({ destdir, packages: client.packages, bytes }),
      projects: createPulpProjectTree({ destdir, repositories, redirects }),
      prunable,
      adopt: (repository, { signal }) =>
        paths.within(`${paths.chroot(repository)}: its builds cannot be adopted`, async () => {
          await insideRoot(paths, paths.chroot(repository));
          await adoptBuilds(paths.chroot(repository), repository, { client, signal });
        }),
      has: parked.has,
      forget: parked.forget,
    }),
    elsewhere: parked,
    prunable,
    generations: (repository) => openPulpGenerations(deps, repository),
    damage: (repository) =>
      paths.within(`${paths.chroot(repository)} cannot be compared with Pulp`, () =>
        findPulpDamage({ paths, client, published }, repository),
      ),
    moveSurvey: createMoveSurvey({ destdir, client }),
    move: (indexers) => createStorageMove({ ...deps, ...indexers }),
    signing: (signer) => createPulpSigner({ destdir, signer, bytes }),
  };
}

/** Moves of such a worker as the next function's. */
export function unconfiguredStorageMove(remedy: string): StorageMove {
  return refusing(() => new PortFailure('PulpUnconfigured', `nothing can move to Pulp: ${remedy}`));
}

/**
 * The store of a worker that does not know where Pulp is; `remedy` says what is to be configured. Its content is
 * known only as far as it lies on the disk.
 */
export function unconfiguredPulpStore({
  destdir,
  remedy,
}: {
  readonly destdir: string;
  readonly remedy: string;
}): PackageStore {
  const paths = createTreePaths(destdir);
  const failure = (): PortFailure => new PortFailure('PulpUnconfigured', `the project is in Pulp: ${remedy}`);
  const { insist, adopt, forget } = refusing<Pick<PackageStore, 'insist' | 'adopt' | 'forget'>>(failure);
  return {
    ...{ insist, adopt, forget },
    has: (deletion) => paths.within(`${destdir} cannot be read`, () => hasTraces(paths, deletion)),
    indexer: refusing(failure),
    packageCopies: refusing(failure),
    copies: refusing(failure),
    projects: refusing(failure),
    prunable: refusing(failure),
  };
}
