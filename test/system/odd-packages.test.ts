import assert from 'node:assert/strict';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../src/adapters/gpg/create-gpg-signer.js';
import { assertAsFresh } from '../support/fresh-metadata.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenOddRpms, ODD_NAMES } from '../support/given-odd-rpms.js';
import { assertClientsReadWhatRpmReads, rpmsIn } from '../support/package-readers.js';
import { realActivities, type RealActivities } from '../support/real-activities.js';
import { CREATEREPO_GENERATIONS, withCreaterepo } from '../support/with-createrepo.js';

const SOURCE = { owner: 'jdoe', dirname: 'odd', chroot: 'fedora-rawhide-x86_64' };
const RELEASE = { ...SOURCE, chroot: 'fedora-44-x86_64' };
const FORK = { ...SOURCE, owner: 'alice', dirname: 'mine' };
/** Of the packages that are there first, and of those that supersede them. */
const [OLDER, NEWER] = ['1~rc^2', '1'];

/**
 * Packages of every odd kind take the ways of a package: built, published, forked, branched, pruned. After each way the
 * metadata is that of a fresh run of createrepo_c, and clients read what rpm reads from the packages themselves. The
 * clients are dnf 4 and zypper; Debian 12 has no dnf5.
 */
describe('odd packages', function () {
  this.timeout(300_000);
  let pool: Awaited<ReturnType<typeof givenDirectory>>;
  let signer: GpgSigner;

  before(async () => {
    pool = await givenDirectory();
    signer = createGpgSigner({ home: path.join(pool.path, 'keys'), signDomain: 'example.org' });
    const project = { owner: SOURCE.owner, project: SOURCE.dirname };
    await signer.ensureKey(project);
    // Signed here, and not in each project of each test.
    for (const release of [OLDER, NEWER])
      for (const name of ODD_NAMES) {
        await givenOddRpms(path.join(pool.path, release, name), name, release);
        await signer.sign({ project, digest: 'sha256', files: await rpmsIn(path.join(pool.path, release, name)) });
      }
  });
  after(async () => {
    await signer.close();
    await pool.remove();
  });

  for (const [generation, program] of CREATEREPO_GENERATIONS) {
    describe(`with createrepo_c ${generation}`, () => {
      const chosen = withCreaterepo(program);
      let world: RealActivities;

      before(async () => {
        world = await realActivities({ signer });
        for (const name of ODD_NAMES) await world.build(SOURCE, buildOf(name, OLDER), results(name, OLDER));
      });
      after(() => world.remove());

      it('are built and published, one build after the other', async () => {
        await isWhole(world.chroot(SOURCE), chosen().path, OLDER);
      });

      it('are forked, and signed for the fork', async () => {
        const names = ODD_NAMES.map((name) => buildOf(name, OLDER));
        const builds = Object.fromEntries(names.map((name) => [name, `1${name.slice(1)}`]));
        const data = { user: FORK.owner, copr: FORK.dirname, builds_map: { [SOURCE.chroot]: builds } };
        await world.copy({ type: 7, oldValue: 'jdoe/odd', newValue: 'alice/mine', data });
        const files = await isWhole(world.chroot(FORK), chosen().path, OLDER);
        await signer.verify({ project: { owner: 'alice', project: 'mine' }, digest: 'sha256', files });
      });

      it('are branched into a release', async () => {
        const names = { ownername: SOURCE.owner, projectname: SOURCE.dirname, copr_dir: SOURCE.dirname };
        const chroots = { rawhide_chroot: SOURCE.chroot, dest_chroot: RELEASE.chroot };
        const builds = ODD_NAMES.map((name) => buildOf(name, OLDER));
        const data = { ...names, ...chroots, storage: 0, appstream: false, builds };
        await world.copy({ type: 6, oldValue: null, newValue: null, data });
        await isWhole(world.chroot(RELEASE), chosen().path, OLDER);
      });

      it('are pruned when newer ones are there, and their builds after them', async () => {
        const pruned = { ...SOURCE, dirname: 'odd:pr:7' };
        for (const release of [OLDER, NEWER])
          for (const name of ODD_NAMES) await world.build(pruned, buildOf(name, release), results(name, release));
        const older = ODD_NAMES.map((name) => buildOf(name, OLDER));
        const going = (await rpmsIn(world.chroot(pruned)))
          .map((file) => path.relative(world.chroot(pruned), file))
          .filter((file) => older.includes(path.dirname(file)));
        const kindOf = (file: string): string => (file.endsWith('.src.rpm') ? 'srpm' : 'rpm');
        assert.deepEqual((await world.prune(pruned)).toSorted(), going.map((file) => `${kindOf(file)} ${file}`).sort());
        await isWhole(world.chroot(pruned), chosen().path, NEWER);
        assert.deepEqual((await world.prune(pruned)).toSorted(), older.map((name) => `build ${name}`).sort());
        await isWhole(world.chroot(pruned), chosen().path, NEWER);
      });
    });
  }

  const results = (name: string, release: string): string => path.join(pool.path, release, name);

  /** Returns the packages that are there. */
  async function isWhole(chroot: string, program: string, release: string): Promise<readonly string[]> {
    await assertAsFresh(chroot, program);
    const rpms = await assertClientsReadWhatRpmReads(chroot);
    const built = await Promise.all(ODD_NAMES.map((name) => rpmsIn(results(name, release))));
    assert.deepEqual(
      rpms.map((file) => path.basename(file)).sort(),
      built
        .flat()
        .map((file) => path.basename(file))
        .sort(),
    );
    return rpms;
  }
});

function buildOf(name: string, release: string): string {
  const id = ODD_NAMES.indexOf(name) + 1 + (release === NEWER ? 100 : 0);
  return `${String(id).padStart(8, '0')}-odd-${name}`;
}
