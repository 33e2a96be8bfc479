import assert from 'node:assert/strict';
import type { Published } from '../../../src/contracts/repository/repository.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import { NOTHING } from '../given-repository.js';
import { refusalOf } from '../rejection.js';
import { checksumsOf, deliver, givenPackages, type Packages } from './given-build.js';
import type { OpenStorage, StorageWorld } from './storage.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-42-x86_64' };
const A = '00000001-a';
const B = '00000002-b';

/** The needs of repositories: complete publications, which clients see and can go back to. */
export function describeRepositories(open: OpenStorage): void {
  describe('for repositories', () => {
    let world: StorageWorld;
    let [a, b]: [Packages, Packages] = [{}, {}];
    before(async () => {
      a = await givenPackages('a');
      b = await givenPackages('b');
    });
    beforeEach(async () => {
      world = await open();
      // A repository without metadata would include everything that is there.
      await publish({});
      await deliver(world, { ...REPOSITORY, targetDir: A }, a);
      await deliver(world, { ...REPOSITORY, targetDir: B }, b);
    });
    afterEach(() => world.close());

    const publish = (run: Partial<IndexerRun>): Promise<Published> =>
      world.storage.indexer.publish(REPOSITORY, { ...NOTHING, ...run }, {});
    const see = async (...packages: readonly Packages[]): Promise<void> =>
      assert.deepEqual(await world.published(REPOSITORY), checksumsOf(...packages));

    it('has none before the first publication, and an empty one is one', async () => {
      const { indexer } = world.storage;
      const other = { ...REPOSITORY, chroot: 'fedora-43-x86_64' };
      assert.equal(await indexer.exists(other, { devel: false }), false);
      assert.equal((await indexer.publish(other, NOTHING, {})).packages, 0);
      assert.equal(await indexer.exists(other, { devel: false }), true);
      assert.equal(await indexer.exists(other, { devel: true }), false);
      assert.deepEqual(await world.published(other), {});
    });

    it('shows a batch as one publication, and nothing that was not asked for', async () => {
      await publish({ add: [A] });
      await see(a);
      const both = await publish({ add: [A, B] });
      assert.deepEqual([both.packages, both.changed], [4, true]);
      await see(a, b);
    });

    it('changes nothing when a publication is repeated', async () => {
      const first = await publish({ add: [A, B] });
      const again = await publish({ add: [A, B] });
      assert.deepEqual([again.revision, again.changed, again.packages], [first.revision, false, 4]);
      await see(a, b);
    });

    it('takes builds out, those also that are not there', async () => {
      await publish({ add: [A, B] });
      await publish({ delete: [A, '00000009-never'] });
      await see(b);
    });

    it('does not bring back what was taken out, not even in a full run', async () => {
      await publish({ add: [A, B] });
      await publish({ delete: [A] });
      await publish({ full: true });
      await see(b);
    });

    it('shows what is tried in a devel repository there alone, until it is published', async () => {
      const { indexer } = world.storage;
      await publish({ add: [A] });
      await publish({ add: [A, B], devel: true });
      await see(a);
      assert.deepEqual(await world.published(REPOSITORY, { devel: true }), checksumsOf(a, b));
      assert.equal(await indexer.exists(REPOSITORY, { devel: true }), true);
      await publish({ add: [B] });
      await see(a, b);
    });

    it('deletes what is gone from the public and from the devel repository, whichever was asked', async () => {
      for (const devel of [false, true]) await publish({ add: [A, B], devel });
      await publish({ delete: [A], devel: true });
      await see(b);
      assert.deepEqual(await world.published(REPOSITORY, { devel: true }), checksumsOf(b));
      await publish({ delete: [B] });
      await see();
      assert.deepEqual(await world.published(REPOSITORY, { devel: true }), {});
    });

    it('finds all by itself in a full run', async () => {
      await publish({ full: true });
      await see(a, b);
    });

    it('goes back to an earlier publication, holds it against later ones, and is released', async () => {
      const { indexer } = world.storage;
      const first = await publish({ add: [A] });
      await publish({ add: [B] });
      const back = { kind: 'rollback', generation: first.revision, by: 'me', reason: 'b is broken' } as const;
      assert.equal((await indexer.operate(REPOSITORY, back, {})).hold?.generation, first.revision);
      await see(a);
      assert.ok((await publish({ add: [B] })).hold !== null);
      await see(a);
      assert.equal((await indexer.operate(REPOSITORY, { kind: 'release', by: 'me' }, {})).hold, null);
      await publish({ full: true });
      await see(a, b);
    });

    it('refuses to go back to what never was', async () => {
      await publish({ add: [A] });
      const never = { kind: 'rollback', generation: '1', by: 'me', reason: null } as const;
      assert.equal((await refusalOf(world.storage.indexer.operate(REPOSITORY, never, {}))).code, 'GenerationUnknown');
      await see(a);
    });
  });
}
