import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS, type GivenPulp } from '../../support/given-pulp.js';
import { givenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { pulp } from '../../support/pulp.js';
import { describeRepositories } from '../../support/storage-contract/repository.js';
import { treeStorage } from '../../support/storage-contract/tree-storage.js';

/** A test makes up to a dozen tasks of Pulp, of seconds each on a busy machine. */
const TEST_MS = 5 * 60_000;
/** Everything that the contract publishes is of this owner. */
const OWNER = 'jdoe/';

describe('Pulp as a storage', function () {
  this.timeout(TEST_MS);
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });

  describeRepositories(async () => {
    const root = await givenDirectory();
    const destdir = root.path;
    const { given, indexer, published, close } = await givenPulpIndexer(destdir);
    await empty(given);
    return {
      ...treeStorage(destdir, indexer),
      published: (repository, { devel } = { devel: false }) => published(repository, devel),
      close: async () => {
        await close();
        await root.remove();
      },
    };
  });
});

/** Each world begins without the repositories of the one before. */
async function empty({ repositories }: GivenPulp): Promise<void> {
  const watch = { memory: NO_MEMORY };
  for (const { pulp_href: href, name } of await repositories.distributions(OWNER)) {
    await repositories.remove(href, watch);
    const repository = await repositories.find(name);
    if (repository !== null) await repositories.remove(repository.pulp_href, watch);
  }
}
