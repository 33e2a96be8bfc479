import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { createStorageMove } from '../../src/adapters/pulp-store/move/storage-move.js';
import { movingStores } from '../../src/adapters/pulp-store/move/moving-stores.js';
import { createPulpIndexer } from '../../src/adapters/pulp-store/repository-indexer.js';
import { createRedirectFile } from '../../src/adapters/pulp-store/redirect-file.js';
import type { PulpExchange } from '../../src/adapters/pulp/exchange.js';
import { createPulpPackages } from '../../src/adapters/pulp/packages.js';
import { createPulpRepositories } from '../../src/adapters/pulp/repositories.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import type { ProjectId, RepositoryId } from '../../src/contracts/names/ids.js';
import type { MoveStep } from '../../src/contracts/project/storage-move.js';
import type { StoreKind } from '../../src/contracts/store-kind.js';
import type { PackageStores } from '../../src/ports/package-store.js';
import type { StorageMove } from '../../src/ports/project/storage-move.js';
import type { IndexerRun } from '../../src/ports/repository/repository-indexer.js';
import { givenDirectory } from './given-directory.js';
import { givenPulpIndexer, type GivenPulpIndexer } from './given-pulp-indexer.js';
import { NOTHING } from './given-repository.js';
import { seenByClients } from './seen-by-clients.js';
import { checksumsOf, deliver, givenPackages, type Packages } from './storage-contract/given-build.js';
import { pulpStorage } from './storage-contract/pulp-storage.js';
import { treeStorage } from './storage-contract/tree-storage.js';

/** A project in a results tree, with the real Pulp of the run beside it and a web server before both. */
export type GivenMovingProject = {
  readonly root: string;
  readonly pulp: GivenPulpIndexer;
  readonly move: StorageMove;
  /** The same by another way to Pulp. */
  readonly moveBy: (exchange: PulpExchange) => StorageMove;
  readonly stores: PackageStores;
  readonly project: ProjectId;
  readonly repository: RepositoryId;
  /** URL of the repository below the results. */
  readonly baseurl: string;
  /** Delivers a build, and publishes it as its task says. Resolves with what a client has to see of it. */
  readonly build: (
    name: string,
    task?: StoreKind,
    run?: Partial<IndexerRun>,
  ) => Promise<Readonly<Record<string, string>>>;
  readonly publish: (task: StoreKind, run: Partial<IndexerRun>) => Promise<unknown>;
  readonly seen: () => ReturnType<typeof seenByClients>;
  /** Copies everything. */
  readonly copy: (move?: StorageMove) => Promise<number>;
  readonly step: (step: MoveStep, move?: StorageMove) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

export async function givenMovingProject(): Promise<GivenMovingProject> {
  const root = await givenDirectory();
  const destdir = path.join(root.path, 'results');
  const pulp = await givenPulpIndexer(destdir);
  const redirectFile = path.join(root.path, 'pulp-redirect.txt');
  const redirects = createRedirectFile(redirectFile);
  const tree = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example/', graceHours: 1 });
  const project = { owner: `o${randomUUID()}`, project: 'hello' };
  const repository = { owner: project.owner, dirname: 'hello', chroot: 'fedora-42-x86_64' };
  const moveBy = (exchange: PulpExchange): StorageMove => {
    const client = { packages: createPulpPackages(exchange), repositories: createPulpRepositories(exchange) };
    const published = pulp.metadata;
    const indexer = createPulpIndexer({ destdir, client, published, graceHours: 1, redirects });
    return createStorageMove({ destdir, client, published, redirects, tree, pulp: indexer });
  };
  const move = moveBy(pulp.given.exchange);
  const nothing = (): Promise<void> => Promise.resolve();
  const treeStore = treeStorage(destdir, tree);
  const stores = movingStores(destdir, {
    tree: { ...treeStore.storage, insist: nothing, adopt: nothing, has: () => Promise.resolve(false) },
    pulp: { ...pulpStorage(destdir, pulp).storage, insist: nothing, adopt: nothing, has: () => Promise.resolve(true) },
  });
  const web = await startResultsWeb({
    ...{ port: 0, directory: destdir },
    pulp: { contentUrl: pulp.given.server.contentUrl, redirectFile },
  });
  const baseurl = `${web.url.replace(/\/+$/, '')}/${repository.owner}/${repository.dirname}/${repository.chroot}/`;
  const publish: GivenMovingProject['publish'] = (task, run) =>
    stores[task].indexer.publish(repository, { ...NOTHING, ...run }, {});
  let builds = 0;
  return {
    ...{ root: root.path, pulp, move, moveBy, stores, project, repository, baseurl, publish },
    build: async (name, task = 'tree', run = {}) => {
      const targetDir = `${String((builds += 1)).padStart(8, '0')}-${name}`;
      const packages: Packages = await givenPackages(name, `${project.owner} ${builds}`);
      const published = (): Promise<never> => Promise.reject(new Error('not in this test'));
      await deliver({ ...treeStore, published, close: nothing }, { ...repository, targetDir }, packages);
      await publish(task, { add: [targetDir], ...run });
      return checksumsOf(packages);
    },
    seen: () => seenByClients(baseurl),
    copy: async (by = move) => {
      let packages = 0;
      for (let after: string | null = null; ;) {
        const batch = await by.copy(repository, after, {});
        packages += batch.packages;
        ({ after } = batch);
        if (after === null) return packages;
      }
    },
    step: (step, by = move) => by.step(repository, step, {}),
    close: async () => {
      await web.close();
      await pulp.close();
      await root.remove();
    },
  };
}
