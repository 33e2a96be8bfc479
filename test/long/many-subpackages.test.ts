import assert from 'node:assert/strict';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import { assertAsFresh } from '../support/fresh-metadata.js';
import { givenManyRpms } from '../support/given-odd-rpms.js';
import { assertClientsReadWhatRpmReads, rpmsIn } from '../support/package-readers.js';
import {
  branchBuilds,
  FORK,
  forkBuilds,
  givenPackagePool,
  RELEASE,
  SOURCE,
  verifyFork,
  type PackagePool,
} from '../support/package-ways.js';
import { realActivities } from '../support/real-activities.js';
import { CREATEREPO_GENERATIONS, withCreaterepo } from '../support/with-createrepo.js';

const SUBPACKAGES = 5000;
const [OLDER, NEWER] = ['00000001-odd', '00000002-odd'];

/** The same as `test/system/odd-packages.test.ts`, with one package of very many parts. */
describe('a package with 5,000 subpackages', function () {
  this.timeout(1_200_000);
  let pool: PackagePool;

  before(async () => {
    pool = await givenPackagePool();
    await givenManyRpms(pool.results(OLDER), SUBPACKAGES, '1');
    await givenManyRpms(pool.results(NEWER), SUBPACKAGES, '2');
  });
  after(() => pool.remove());

  for (const [generation, program] of CREATEREPO_GENERATIONS) {
    describe(`with createrepo_c ${generation}`, () => {
      const chosen = withCreaterepo(program);

      it('is published, forked and signed there, branched and pruned with the metadata of a fresh run', async () => {
        const world = await realActivities({ signer: pool.signer, signsBuilds: false });
        const isFresh = (repository: RepositoryId): Promise<void> =>
          assertAsFresh(world.chroot(repository), chosen().path);
        try {
          await world.build(SOURCE, OLDER, pool.results(OLDER));
          await isFresh(SOURCE);
          await forkBuilds(world, [OLDER]);
          await isFresh(FORK);
          await verifyFork(pool.signer, await rpmsIn(world.chroot(FORK)));
          await branchBuilds(world, [OLDER]);
          await isFresh(RELEASE);
          await world.build(SOURCE, NEWER, pool.results(NEWER));
          assert.equal((await world.prune(SOURCE)).length, SUBPACKAGES + 1);
          await isFresh(SOURCE);
          const read = await assertClientsReadWhatRpmReads(world.chroot(SOURCE));
          assert.equal(read.length, SUBPACKAGES + 1);
        } finally {
          await world.remove();
        }
      });
    });
  }
});
