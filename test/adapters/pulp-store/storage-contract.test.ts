import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS, type GivenPulp } from '../../support/given-pulp.js';
import { givenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { pulp } from '../../support/pulp.js';
import { describeStorage } from '../../support/storage-contract/describe-storage.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';

/** A test makes up to two dozen tasks of Pulp, of seconds each on a busy machine. */
const TEST_MS = 5 * 60_000;
/** How names begin of what the contract publishes, or has deleted. */
const OURS = /^(deleted=\w+\/)?(jdoe\/hello|jdoe\/world|@group)[/:\w]/;

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
  for (const list of [repositories.distributions, repositories.repositories])
    for (const { pulp_href: href, name } of await list('')) if (OURS.test(name)) await repositories.remove(href, watch);
}
