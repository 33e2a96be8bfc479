import assert from 'node:assert/strict';
import type { Deletion } from '../../../src/contracts/action/action.js';
import type { BuildPlace } from '../../../src/ports/build/build-place.js';
import { NOTHING } from '../given-repository.js';
import { refusalOf } from '../rejection.js';
import { checksumsOf, deliver, givenPackages, stage, type Packages } from './given-build.js';
import type { OpenStorage, StorageWorld } from './storage.js';

const PROJECT = { owner: 'jdoe', dirname: 'hello' };
const PULL_REQUEST = { owner: 'jdoe', dirname: 'hello:pr:7' };
const F42 = { ...PROJECT, chroot: 'fedora-42-x86_64', targetDir: '00000001-a' };
const F43 = { ...PROJECT, chroot: 'fedora-43-x86_64', targetDir: '00000001-a' };
const OF_REQUEST = { ...PULL_REQUEST, chroot: 'fedora-42-x86_64', targetDir: '00000002-a' };
const ALL = { atMost: Number.POSITIVE_INFINITY };

/** The needs of deletions of chroots, directories and projects, and the trash that keeps deleted things for a while. */
export function describeDeletions(open: OpenStorage): void {
  describe('for deletions', () => {
    let world: StorageWorld;
    let packages: Packages = {};
    before(async () => {
      packages = await givenPackages('a');
    });
    beforeEach(async () => {
      world = await open();
      for (const place of [F42, F43, OF_REQUEST]) {
        await deliver(world, place, packages);
        await world.storage.indexer.publish(place, { ...NOTHING, full: true }, {});
      }
    });
    afterEach(() => world.close());

    /** Like an action: recorded first, then moved out of sight. */
    async function discard(what: Deletion, action: number): Promise<void> {
      const { owner, dirname, chroot } = what;
      await world.storage.projects.rememberDeletion(what, action);
      await world.storage.forget(what, {});
      const names = [owner, dirname, ...(chroot === null ? [] : [chroot])];
      assert.equal((await world.storage.trash.discard(names, `action ${action}`, ALL)).done, true);
    }
    const see = async (place: BuildPlace): Promise<void> =>
      assert.deepEqual(await world.published(place), checksumsOf(packages));
    const lies = ({ owner, dirname, chroot }: Deletion): Promise<boolean> =>
      world.storage.projects.exists([owner, dirname, ...(chroot === null ? [] : [chroot])]);

    it('take a chroot away, and leave the others as clients know them', async () => {
      const chroot = { ...PROJECT, chroot: F42.chroot };
      for (const time of [1, 2]) {
        await discard(chroot, 71);
        assert.deepEqual(await world.storage.projectContents.chroots(PROJECT), [F43.chroot], `time ${time}`);
      }
      assert.deepEqual(await world.storage.projectContents.builds(F42), []);
      assert.deepEqual([await lies(chroot), await lies({ ...PROJECT, chroot: F43.chroot })], [false, true]);
      assert.equal(await world.storage.indexer.exists(F42, { devel: false }), false);
      for (const place of [F43, OF_REQUEST]) await see(place);
    });

    it('take a directory away with its key, and leave the others of the project', async () => {
      for (const directory of [PROJECT, PULL_REQUEST]) await world.storage.projectKeys.write(directory, 'key');
      await discard({ ...PULL_REQUEST, chroot: null }, 71);
      assert.deepEqual(await world.storage.projectContents.chroots(PULL_REQUEST), []);
      assert.deepEqual(
        [await world.storage.projectKeys.has(PULL_REQUEST), await world.storage.projectKeys.has(PROJECT)],
        [false, true],
      );
      for (const place of [F42, F43]) await see(place);
    });

    it('refuse what was under way there before, and nothing elsewhere', async () => {
      const [late, other] = [await stage(world, F42, packages), await stage(world, OF_REQUEST, packages)];
      await discard({ ...PROJECT, chroot: null }, 71);
      const { buildResults, buildDirectories, projectKeys, stagingArea } = world.storage;
      for (const work of [
        () => buildResults.deliver({ ...F42, staging: late }),
        () => buildDirectories.refuseDeleted(F42),
        () => projectKeys.write(PROJECT, 'key'),
        () => stagingArea.create(F43),
      ]) {
        const { code, retryable } = await refusalOf(work());
        assert.deepEqual([code, retryable], ['ProjectDeleted', false]);
      }
      assert.equal(await lies({ ...PROJECT, chroot: null }), false, 'nothing is made again');
      await buildResults.deliver({ ...OF_REQUEST, staging: other });
      await see(OF_REQUEST);
    });

    it('know which action it was, the latest one', async () => {
      const { projects } = world.storage;
      const [project, chroot] = [
        { ...PROJECT, chroot: null },
        { ...PROJECT, chroot: F42.chroot },
      ];
      assert.deepEqual([await projects.deletedBy(project), await projects.deletedBy(chroot)], [null, null]);
      for (const action of [71, 80, 75]) await projects.rememberDeletion(chroot, action);
      assert.deepEqual([await projects.deletedBy(project), await projects.deletedBy(chroot)], [null, 80]);
      assert.equal(await projects.renamedBy(chroot), null);
    });

    it('are not final: the project is made again, empty', async () => {
      await discard({ ...PROJECT, chroot: null }, 71);
      await world.storage.projects.recreate({ ...PROJECT, chroot: null });
      assert.deepEqual(await world.storage.projectContents.chroots(PROJECT), []);
      await deliver(world, F43, packages);
      assert.deepEqual(await world.storage.projectContents.builds(F43), [F43.targetDir]);
    });

    it('rest in the trash, from where all of it comes back', async () => {
      const { trash } = world.storage;
      assert.deepEqual(await trash.list(), []);
      await discard({ ...PROJECT, chroot: F42.chroot }, 71);
      const [entry, ...more] = await trash.list();
      assert.deepEqual([entry?.by, more], ['action 71', []]);
      assert.ok(entry !== undefined && entry.goesAt > entry.at);
      assert.equal((await trash.empty(ALL)).removed, 0, 'it is not due');
      assert.equal((await trash.restore(entry.id)).id, entry.id);
      await see(F42);
      assert.deepEqual(await trash.list(), []);
    });

    it('do not come back over what was made since', async () => {
      const { trash } = world.storage;
      await discard({ ...PROJECT, chroot: F42.chroot }, 71);
      const again = await givenPackages('a', 'Made since');
      await deliver(world, F42, again);
      await world.storage.indexer.publish(F42, { ...NOTHING, full: true }, {});
      const [entry] = await trash.list();
      assert.equal((await refusalOf(trash.restore(entry?.id ?? assert.fail()))).code, 'StorageFailed');
      assert.deepEqual(await world.published(F42), checksumsOf(again));
      assert.equal((await trash.list()).length, 1, 'it is kept');
    });

    it('are final where the trash is emptied of one thing, or of all', async () => {
      const { trash } = world.storage;
      await discard({ ...PROJECT, chroot: F42.chroot }, 71);
      await discard({ ...PROJECT, chroot: F43.chroot }, 72);
      await discard({ ...PULL_REQUEST, chroot: null }, 73);
      const first = (await trash.list()).find(({ by }) => by === 'action 71') ?? assert.fail();
      assert.equal((await trash.empty({ ...ALL, id: first.id })).done, true);
      assert.deepEqual((await trash.list()).map(({ by }) => by).sort(), ['action 72', 'action 73']);
      assert.equal((await refusalOf(trash.restore(first.id))).code, 'StorageFailed');
      assert.equal((await trash.empty({ ...ALL, all: true })).done, true);
      assert.deepEqual(await trash.list(), []);
    });
  });
}
