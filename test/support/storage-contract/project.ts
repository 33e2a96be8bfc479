import assert from 'node:assert/strict';
import { NOTHING } from '../given-repository.js';
import { refusalOf } from '../rejection.js';
import { checksumsOf, deliver, givenPackages, stage, type Packages } from './given-build.js';
import type { OpenStorage, StorageWorld } from './storage.js';

const DIRECTORY = { owner: 'jdoe', dirname: 'hello' };
const FORK = { owner: '@group', dirname: 'mine' };
const CHROOT = 'fedora-42-x86_64';
const FROM = { ...DIRECTORY, chroot: CHROOT, targetDir: '00000001-a' };
const TO = { ...FORK, chroot: CHROOT, targetDir: '00000011-a' };
const RPM = 'a-1.0-1.noarch.rpm';

/** The needs of actions on projects: contents, keys, copies, packages that are signed again, renames. */
export function describeProjects(open: OpenStorage): void {
  describe('for projects', () => {
    let world: StorageWorld;
    let [packages, others]: [Packages, Packages] = [{}, {}];
    before(async () => {
      packages = await givenPackages('a');
      others = await givenPackages('a', 'Another package of the same version');
    });
    beforeEach(async () => {
      world = await open();
      await deliver(world, FROM, packages);
    });
    afterEach(() => world.close());

    async function fork(): Promise<readonly { readonly bytes: number | null }[]> {
      const copy = { from: FROM, to: TO, packages: 'copies', fromChroot: null } as const;
      const staged = await world.storage.copies.stage(copy);
      assert.ok(staged.state === 'staged', JSON.stringify(staged));
      assert.deepEqual(staged.copy.rpms, Object.keys(packages).sort());
      return world.storage.copies.commit([staged.copy]);
    }

    const published = async (place: typeof FROM): Promise<Readonly<Record<string, string>>> => {
      await world.storage.indexer.publish(place, { ...NOTHING, full: true }, {});
      return world.published(place);
    };

    it('lists chroots and builds', async () => {
      const { projectContents } = world.storage;
      assert.deepEqual(await projectContents.chroots(DIRECTORY), [CHROOT]);
      assert.deepEqual(await projectContents.builds(FROM), [FROM.targetDir]);
      assert.deepEqual(await projectContents.chroots(FORK), []);
      assert.deepEqual(await projectContents.builds(TO), []);
    });

    it('shows one key', async () => {
      const { projectKeys } = world.storage;
      assert.equal(await projectKeys.has(DIRECTORY), false);
      await projectKeys.write(DIRECTORY, 'key one');
      await projectKeys.write(DIRECTORY, 'key two');
      assert.equal(await projectKeys.has(DIRECTORY), true);
      assert.deepEqual(
        [await projectKeys.matches(DIRECTORY, 'key one'), await projectKeys.matches(DIRECTORY, 'key two')],
        [false, true],
      );
      assert.equal(await projectKeys.has(FORK), false);
    });

    it('copies a build into another project, once', async () => {
      const found = await world.storage.copies.locate({ owner: 'jdoe', project: 'hello' }, CHROOT, [FROM.targetDir]);
      assert.deepEqual([...found], [[FROM.targetDir, 'hello']]);
      await fork();
      const again = { from: FROM, to: TO, packages: 'copies', fromChroot: null } as const;
      assert.deepEqual(await world.storage.copies.stage(again), { state: 'standing' });
      const missing = { ...again, from: { ...FROM, targetDir: '00000009-z' }, to: { ...TO, targetDir: '00000019-z' } };
      assert.deepEqual(await world.storage.copies.stage(missing), { state: 'missing' });
      assert.deepEqual(await published(TO), checksumsOf(packages));
    });

    it('changes packages of a copy without those of the source', async () => {
      const copy = { from: FROM, to: TO, packages: 'copies', fromChroot: null } as const;
      const staged = await world.storage.copies.stage(copy);
      assert.ok(staged.state === 'staged');
      const of = { ...TO, staging: staged.copy.staging };
      await world.change({ of, rpms: [RPM] }, others[RPM] ?? assert.fail());
      await world.storage.copies.commit([staged.copy]);
      assert.deepEqual(await published(TO), checksumsOf({ ...packages, [RPM]: others[RPM] ?? assert.fail() }));
      assert.deepEqual(await published(FROM), checksumsOf(packages));
    });

    it('puts packages that were signed anew over the published ones', async () => {
      const { packageCopies } = world.storage;
      const { staging, bytes } = await packageCopies.copy(FROM, [RPM]);
      assert.equal(bytes, packages[RPM]?.length);
      const staged = { ...FROM, staging };
      await world.change({ of: staged, rpms: [RPM] }, others[RPM] ?? assert.fail());
      assert.deepEqual(await published(FROM), checksumsOf(packages), 'nothing before it is put in place');
      await packageCopies.replace(staged);
      assert.deepEqual(await published(FROM), checksumsOf({ ...packages, [RPM]: others[RPM] ?? assert.fail() }));
    });

    it('makes nothing anew for a build of a project that an action renamed', async () => {
      const staging = await stage(world, FROM, packages);
      const rename = {
        source: { owner: 'jdoe', project: 'hello' },
        destination: { owner: 'jdoe', project: 'world' },
        ...{ action: 50, sign: false },
      };
      for (const time of [1, 2]) assert.deepEqual(await world.storage.projects.rename(rename), ['world'], `${time}`);
      const { buildResults, buildDirectories, stagingArea } = world.storage;
      for (const late of [
        buildResults.deliver({ ...FROM, staging }),
        buildDirectories.refuseDeleted(FROM),
        stagingArea.create(FROM),
      ])
        assert.equal((await refusalOf(late)).code, 'ProjectRenamed');
      assert.deepEqual(await world.storage.projectContents.chroots(DIRECTORY), []);
      assert.deepEqual(await published({ ...FROM, dirname: 'world' }), checksumsOf(packages));
      const { renamedBy } = world.storage.projects;
      assert.deepEqual(await renamedBy({ ...DIRECTORY, chroot: null }), { action: 50, to: 'jdoe/world' });
    });

    it('renames all directories of a project, and nobody else’s', async () => {
      const [request, other] = ['hello:pr:7', 'helloworld'].map((dirname) => ({ ...FROM, dirname }));
      assert.ok(request !== undefined && other !== undefined);
      for (const place of [request, other]) await deliver(world, place, packages);
      const source = { owner: 'jdoe', project: 'hello' };
      const destination = { owner: '@group', project: 'world' };
      const renamed = await world.storage.projects.rename({ source, destination, action: 50, sign: true });
      assert.deepEqual(renamed, ['world', 'world:pr:7']);
      for (const dirname of renamed)
        assert.deepEqual(await published({ ...FROM, owner: '@group', dirname }), checksumsOf(packages), dirname);
      assert.deepEqual(await published(other), checksumsOf(packages));
      assert.deepEqual(await world.storage.projectContents.chroots(request), []);
    });

    it('refuses a rename onto a name that is taken, of nothing, or of what is held, and touches nothing', async () => {
      await fork();
      const source = { owner: 'jdoe', project: 'hello' };
      const taken = { owner: '@group', project: 'mine' };
      const free = { owner: '@group', project: 'free' };
      const refused = async (from: typeof source, to: typeof source): Promise<void> => {
        const rename = world.storage.projects.rename({ source: from, destination: to, action: 50, sign: false });
        const { code, retryable } = await refusalOf(rename);
        assert.deepEqual([code, retryable], ['RenameRefused', false]);
      };
      await refused(source, taken);
      await refused({ owner: 'jdoe', project: 'nothing' }, free);
      const first = await world.storage.indexer.publish(FROM, { ...NOTHING, full: true }, {});
      await world.storage.indexer.publish(FROM, { ...NOTHING, delete: [FROM.targetDir] }, {});
      const back = { kind: 'rollback', generation: first.revision, by: 'me', reason: null } as const;
      await world.storage.indexer.operate(FROM, back, {});
      await refused(source, free);
      assert.deepEqual(await world.published(FROM), checksumsOf(packages));
      assert.deepEqual(await published(TO), checksumsOf(packages));
    });
  });
}
