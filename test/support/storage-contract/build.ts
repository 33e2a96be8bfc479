import assert from 'node:assert/strict';
import { refusalOf } from '../rejection.js';
import { deliver, givenPackages, stage, type Packages } from './given-build.js';
import type { OpenStorage, StorageWorld } from './storage.js';

const PLACE = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-42-x86_64', targetDir: '00000001-a' };
const RPMS = ['a-1.0-1.noarch.rpm', 'a-1.0-1.src.rpm'];

/** The needs of builds: results that are staged, checked, delivered and withdrawn. */
export function describeBuilds(open: OpenStorage): void {
  describe('for builds', () => {
    let world: StorageWorld;
    let packages: Packages;
    before(async () => {
      packages = await givenPackages('a');
    });
    beforeEach(async () => {
      world = await open();
      await world.storage.buildDirectories.prepare(PLACE, 'run');
    });
    afterEach(() => world.close());

    it('reads results alike, staged and delivered', async () => {
      const { buildResults, stagingArea } = world.storage;
      const staged = { ...PLACE, staging: await stagingArea.create(PLACE) };
      const listed = [{ name: 'a', epoch: null, version: '1.0', release: '1', arch: 'noarch' }];
      await world.bring(staged, { ...packages, success: '', 'results.json': JSON.stringify({ packages: listed }) });
      const read = async (of: typeof PLACE): Promise<unknown> => [
        await buildResults.rpms(of),
        await buildResults.hasSuccess(of),
        await buildResults.readRpmResults(of),
        await buildResults.foreignRpms(of, { packages: [] }),
      ];
      const expected = [RPMS, true, { packages: listed }, { unreadable: [], unlisted: RPMS }];
      assert.deepEqual(await read(staged), expected);
      await buildResults.deliver(staged);
      assert.deepEqual(await read(PLACE), expected);
    });

    it('delivers once, however often it is asked', async () => {
      const staging = await stage(world, PLACE, packages);
      assert.deepEqual(await world.storage.buildResults.rpms(PLACE), [], 'nothing before it is delivered');
      for (const time of [1, 2]) {
        await world.storage.buildResults.deliver({ ...PLACE, staging });
        assert.deepEqual(await world.storage.buildResults.rpms(PLACE), RPMS, `time ${time}`);
      }
    });

    it('finds what an attempt brought, while it is whole and of the same ticket', async () => {
      const { stagingArea } = world.storage;
      const staged = { ...PLACE, staging: await stagingArea.create(PLACE) };
      await world.bring(staged, { success: 'done' });
      await stagingArea.markDownloaded(staged, { ticket: 7, files: 1, bytes: 4 });
      assert.equal(await stagingArea.findDownloaded(PLACE, 7), staged.staging);
      assert.equal(await stagingArea.findDownloaded(PLACE, 8), null);
      await world.bring(staged, { success: '' });
      assert.equal(await stagingArea.findDownloaded(PLACE, 7), null, 'a file of it is cut');
    });

    it('keeps the staged results of each build to that build', async () => {
      const other = { ...PLACE, targetDir: '00000002-b' };
      const staging = await stage(world, PLACE, packages);
      const theirs = await stage(world, other, packages);
      const refusal = await refusalOf(world.storage.buildResults.deliver({ ...other, staging }));
      assert.deepEqual([refusal.code, refusal.retryable], ['StorageFailed', false]);
      await world.storage.stagingArea.discard(PLACE);
      assert.deepEqual(await world.storage.buildResults.rpms({ ...other, staging: theirs }), RPMS);
      assert.equal((await refusalOf(world.storage.buildResults.deliver({ ...PLACE, staging }))).code, 'StorageFailed');
    });

    it('leaves no package and no success marker of a build that failed, nor of one that was refused', async () => {
      const { buildResults } = world.storage;
      const failed = await stage(world, PLACE, packages);
      for (const time of [1, 2]) {
        await buildResults.deliverForReading({ ...PLACE, staging: failed });
        assert.deepEqual(
          [await buildResults.rpms(PLACE), await buildResults.hasSuccess(PLACE)],
          [[], false],
          `${time}`,
        );
      }
      const refused = await deliver(world, PLACE, packages);
      assert.equal(await buildResults.withdraw({ ...PLACE, staging: failed }), 0, 'it is not what lies there');
      assert.deepEqual(await buildResults.rpms(PLACE), RPMS);
      for (const time of [1, 2]) {
        assert.equal(await buildResults.withdraw({ ...PLACE, staging: refused }), RPMS.length, `time ${time}`);
        assert.deepEqual([await buildResults.rpms(PLACE), await buildResults.hasSuccess(PLACE)], [[], false]);
      }
    });

    it('names the last builder', async () => {
      assert.equal(await world.storage.buildDirectories.lastBuilder(PLACE), null);
      for (const host of ['192.0.2.1', '2001:db8::2']) {
        await world.storage.buildDirectories.writeBuildInfo(PLACE, { buildId: 1, host });
        assert.equal(await world.storage.buildDirectories.lastBuilder(PLACE), host);
      }
    });
  });
}
