import { createPulpBuildCopies } from '../../../src/adapters/pulp-store/build-copies.js';
import { createPulpBuildResults } from '../../../src/adapters/pulp-store/build-results.js';
import { createPackageBytes } from '../../../src/adapters/pulp-store/package-bytes.js';
import { createPulpPackageCopies } from '../../../src/adapters/pulp-store/package-copies.js';
import { createParkedRepositories } from '../../../src/adapters/pulp-store/parked-repositories.js';
import { createPulpProjectTree } from '../../../src/adapters/pulp-store/project-tree.js';
import { createPulpPrunableTree } from '../../../src/adapters/pulp-store/prunable-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import type { GivenPulpIndexer } from '../given-pulp-indexer.js';
import type { StorageWorld } from './storage.js';
import { treeStorage } from './tree-storage.js';

/** A storage whose packages are at Pulp, and everything else below `destdir`. */
export function pulpStorage(
  destdir: string,
  { indexer, client, metadata }: Pick<GivenPulpIndexer, 'indexer' | 'client' | 'metadata'>,
): Pick<StorageWorld, 'storage' | 'bring' | 'change'> {
  const tree = treeStorage(destdir, indexer);
  const { repositories } = client;
  const parked = createParkedRepositories({ destdir, repositories });
  const bytes = createPackageBytes({ client, published: metadata });
  return {
    ...tree,
    storage: {
      ...tree.storage,
      buildResults: createPulpBuildResults({ destdir, results: tree.storage.buildResults }),
      packageCopies: createPulpPackageCopies({ destdir, bytes }),
      copies: createPulpBuildCopies({ destdir, packages: client.packages, bytes }),
      projects: createPulpProjectTree({ destdir, repositories }),
      prunable: createPulpPrunableTree({ destdir, client }),
      trash: createTrash({ destdir, hours: 24, elsewhere: parked }),
      forget: parked.forget,
    },
  };
}
