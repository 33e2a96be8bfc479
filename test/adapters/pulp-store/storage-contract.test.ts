import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { resultsPath } from '../../../src/adapters/file-tree/staging.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS, type GivenPulp } from '../../support/given-pulp.js';
import { givenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { pulp } from '../../support/pulp.js';
import { describeRepositories } from '../../support/storage-contract/repository.js';

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
    const paths = createTreePaths(destdir);
    const { given, indexer, published, close } = await givenPulpIndexer(destdir);
    await empty(given);
    return {
      storage: {
        ...createResultTree({ destdir }),
        projects: createProjectTree({ destdir }),
        copies: createBuildCopies({ destdir }),
        trash: createTrash({ destdir, hours: 24 }),
        prunable: createPrunableTree({ destdir }),
        indexer,
      },
      bring: async (staged, files) => {
        for (const [name, content] of Object.entries(files)) {
          const file = path.join(resultsPath(paths, staged), name);
          await mkdir(path.dirname(file), { recursive: true });
          await writeFile(file, content);
        }
      },
      change: async ({ of, rpms }, content) => {
        for (const name of rpms) await writeFile(path.join(resultsPath(paths, of), name), content);
      },
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
