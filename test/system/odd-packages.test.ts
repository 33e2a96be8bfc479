import assert from 'node:assert/strict';
import path from 'node:path';
import { findProgram } from '../../scripts/provision.mjs';
import { assertAsFresh } from '../support/fresh-metadata.js';
import { givenOddRpms, ODD_NAMES } from '../support/given-odd-rpms.js';
import { assertClientsReadWhatRpmReads, assertDnf5ReadsWhatRpmReads, rpmsIn } from '../support/package-readers.js';
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
import { realActivities, type RealActivities } from '../support/real-activities.js';
import { CREATEREPO_GENERATIONS, withCreaterepo } from '../support/with-createrepo.js';

/** Of the packages that are there first, and of those that supersede them. */
const [OLDER, NEWER] = ['1~rc^2', '1'];

/**
 * Packages of every odd kind take the ways of a package: built, published, forked, branched, pruned. After each way the
 * metadata is that of a fresh run of createrepo_c, and clients read what rpm reads from the packages themselves. The
 * clients are dnf 4, zypper, and dnf5 where the system has one (Debian 12 and 13 have none).
 */
describe('odd packages', function () {
  this.timeout(900_000);
  let pool: PackagePool;

  before(async () => {
    pool = await givenPackagePool();
    for (const release of [OLDER, NEWER])
      for (const name of ODD_NAMES)
        await pool.put(buildOf(name, release), (directory) => givenOddRpms(directory, name, release));
  });
  after(() => pool.remove());

  for (const [generation, program] of CREATEREPO_GENERATIONS) {
    describe(`with createrepo_c ${generation}`, () => {
      const chosen = withCreaterepo(program);
      let world: RealActivities;

      before(async () => {
        world = await realActivities(pool);
        for (const build of buildsOf(OLDER)) await world.build(SOURCE, build, pool.results(build));
      });
      after(() => world.remove());

      it('are built and published, one build after the other', async () => {
        await isWhole(world.chroot(SOURCE), chosen().path, OLDER);
      });

      it('are forked, and signed for the fork', async () => {
        await forkBuilds(world, buildsOf(OLDER));
        const files = await isWhole(world.chroot(FORK), chosen().path, OLDER);
        await verifyFork(pool.signer, files);
      });

      it('are branched into a release', async () => {
        await branchBuilds(world, buildsOf(OLDER));
        await isWhole(world.chroot(RELEASE), chosen().path, OLDER);
      });

      it('are read by dnf5 too, where it is installed', async function () {
        if (findProgram('dnf5') === null) return this.skip();
        for (const repository of [SOURCE, FORK, RELEASE]) await assertDnf5ReadsWhatRpmReads(world.chroot(repository));
      });

      it('are pruned when newer ones are there, and their builds after them', async () => {
        const pruned = { ...SOURCE, dirname: 'odd:pr:7' };
        for (const release of [OLDER, NEWER])
          for (const build of buildsOf(release)) await world.build(pruned, build, pool.results(build));
        const older = buildsOf(OLDER);
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

  /** Returns the packages that are there. */
  async function isWhole(chroot: string, program: string, release: string): Promise<readonly string[]> {
    await assertAsFresh(chroot, program);
    const rpms = await assertClientsReadWhatRpmReads(chroot);
    const built = await Promise.all(buildsOf(release).map((build) => rpmsIn(pool.results(build))));
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

function buildsOf(release: string): readonly string[] {
  return ODD_NAMES.map((name) => buildOf(name, release));
}
