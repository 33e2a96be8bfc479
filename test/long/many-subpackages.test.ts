import assert from 'node:assert/strict';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../src/adapters/gpg/create-gpg-signer.js';
import type { RepositoryId } from '../../src/contracts/ids.js';
import { assertAsFresh } from '../support/fresh-metadata.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenManyRpms } from '../support/given-odd-rpms.js';
import { assertClientsReadWhatRpmReads } from '../support/package-readers.js';
import { realActivities } from '../support/real-activities.js';
import { CREATEREPO_GENERATIONS, withCreaterepo } from '../support/with-createrepo.js';

const SUBPACKAGES = 5000;
const SOURCE = { owner: 'jdoe', dirname: 'odd', chroot: 'fedora-rawhide-x86_64' };
const RELEASE = { ...SOURCE, chroot: 'fedora-44-x86_64' };
const FORK = { ...SOURCE, owner: 'alice', dirname: 'mine' };
const [OLDER, NEWER] = ['00000001-odd', '00000002-odd'];

/** What `test/system/odd-packages.test.ts` does, with one package of very many parts; unsigned, for signing takes minutes. */
describe('a package with 5,000 subpackages', function () {
  this.timeout(600_000);
  let pool: Awaited<ReturnType<typeof givenDirectory>>;
  let signer: GpgSigner;

  before(async () => {
    pool = await givenDirectory();
    signer = createGpgSigner({ home: path.join(pool.path, 'keys'), signDomain: 'example.org' });
    await givenManyRpms(path.join(pool.path, OLDER), SUBPACKAGES, '1');
    await givenManyRpms(path.join(pool.path, NEWER), SUBPACKAGES, '2');
  });
  after(async () => {
    await signer.close();
    await pool.remove();
  });

  for (const [generation, program] of CREATEREPO_GENERATIONS) {
    describe(`with createrepo_c ${generation}`, () => {
      const chosen = withCreaterepo(program);

      it('is published, forked, branched and pruned with the metadata of a fresh run', async () => {
        const world = await realActivities({ signer, sign: false });
        const isFresh = (repository: RepositoryId): Promise<void> =>
          assertAsFresh(world.chroot(repository), chosen().path);
        try {
          await world.build(SOURCE, OLDER, path.join(pool.path, OLDER));
          await isFresh(SOURCE);
          const map = { [SOURCE.chroot]: { [OLDER]: '00000011-odd' } };
          const forked = { user: FORK.owner, copr: FORK.dirname, builds_map: map };
          await world.copy({ type: 7, oldValue: 'jdoe/odd', newValue: 'alice/mine', data: forked });
          await isFresh(FORK);
          const names = { ownername: SOURCE.owner, projectname: SOURCE.dirname, copr_dir: SOURCE.dirname };
          const chroots = { rawhide_chroot: SOURCE.chroot, dest_chroot: RELEASE.chroot };
          const branched = { ...names, ...chroots, storage: 0, appstream: false, builds: [OLDER] };
          await world.copy({ type: 6, oldValue: null, newValue: null, data: branched });
          await isFresh(RELEASE);
          await world.build(SOURCE, NEWER, path.join(pool.path, NEWER));
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
