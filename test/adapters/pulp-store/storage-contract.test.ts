import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS, type GivenPulp } from '../../support/given-pulp.js';
import { givenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { pulp } from '../../support/pulp.js';
import { describeStorage } from '../../support/storage-contract/describe-storage.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';

/** A test makes up to two dozen tasks of Pulp, of seconds each on a busy machine. */
const TEST_MS = 5 * 60_000;
/** Everything that the contract publishes is of these owners, or was deleted. */
const OWNERS = ['jdoe/', '@group/', 'deleted='];

describe('with Pulp', function () {
  this.timeout(TEST_MS);
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });

  describeStorage('a results tree with packages at Pulp', async () => {
    const root = await givenDirectory();
    const destdir = root.path;
    const world = await givenPulpIndexer(destdir);
    await empty(world.given);
    return {
      ...pulpStorage(destdir, world),
      published: (repository, { devel } = { devel: false }) => world.published(repository, devel),
      close: async () => {
        await world.close();
        await root.remove();
      },
    };
  });
});

/** Each world begins without the repositories of the one before. */
async function empty({ repositories }: GivenPulp): Promise<void> {
  const watch = { memory: NO_MEMORY };
  for (const owner of OWNERS)
    for (const list of [repositories.distributions, repositories.repositories])
      for (const { pulp_href: href } of await list(owner)) await repositories.remove(href, watch);
}
