import assert from 'node:assert/strict';
import { SOURCE_CHROOT } from '../../../src/contracts/build/build.js';
import type { PrunableContent } from '../../../src/domain/prune/prune-selection.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import { NOTHING } from '../given-repository.js';
import { checksumsOf, deliver, givenPackages, type Packages } from './given-build.js';
import type { OpenStorage, StorageWorld } from './storage.js';

const PROJECT = { owner: 'jdoe', dirname: 'hello' };
const REPOSITORY = { ...PROJECT, chroot: 'fedora-42-x86_64' };
const OLD = '00000001-a';
const NEW = '00000002-a';

/** The needs of a pruner: where things are, since when, and how they are removed. */
export function describePruning(open: OpenStorage): void {
  describe('for a pruner', () => {
    let world: StorageWorld;
    let [old, recent]: [Packages, Packages] = [{}, {}];
    before(async () => {
      old = await givenPackages('a');
      recent = await givenPackages('b');
    });
    beforeEach(async () => {
      world = await open();
      for (const [targetDir, packages] of [
        [OLD, old],
        [NEW, recent],
      ] as const) {
        await deliver(world, { ...REPOSITORY, targetDir }, packages);
        const info = { buildId: Number(targetDir.slice(0, 8)), host: '192.0.2.1' };
        await world.storage.buildDirectories.writeBuildInfo({ ...REPOSITORY, targetDir }, info);
      }
    });
    afterEach(() => world.close());

    const publish = (run: Partial<IndexerRun>): ReturnType<StorageWorld['storage']['indexer']['publish']> =>
      world.storage.indexer.publish(REPOSITORY, { ...NOTHING, ...run }, {});
    async function whole(): Promise<PrunableContent> {
      const survey = await world.storage.prunable.survey(REPOSITORY);
      return survey.state === 'whole' ? survey : assert.fail(survey.why);
    }
    const directoriesOf = ({ directories }: PrunableContent): readonly unknown[] =>
      directories.map(({ name, isBuild, rpms }) => [name, isBuild, [...rpms].sort()]);
    const namesOf = (packages: Packages): readonly string[] => Object.keys(packages).sort();

    it('names every project and its chroots, with the time of their last change', async () => {
      await deliver(world, { ...REPOSITORY, owner: '@group', targetDir: OLD }, old);
      const { prunable } = world.storage;
      assert.deepEqual(await prunable.projects(), [{ ...PROJECT, owner: '@group' }, PROJECT]);
      const chroots = await prunable.chroots(PROJECT);
      assert.deepEqual(
        chroots.map(({ name }) => name),
        [REPOSITORY.chroot],
      );
      assert.ok(chroots.every(({ changedAt }) => changedAt > 0 && changedAt <= Date.now() + 60_000));
    });

    it('says what is published, and which builds there are', async () => {
      await publish({ full: true });
      const content = await whole();
      const { packages, hasModules, pinned, departed } = content;
      assert.deepEqual(
        packages.map(({ name, version, release, arch }) => `${name}-${version}-${release}.${arch}`).toSorted(),
        ['a-1.0-1.noarch', 'a-1.0-1.src', 'b-1.0-1.noarch', 'b-1.0-1.src'],
      );
      const sizes = [...Object.values(old), ...Object.values(recent)].map(({ length }) => length);
      assert.deepEqual(packages.map(({ bytes }) => bytes).toSorted(), sizes.toSorted());
      assert.deepEqual([hasModules, pinned.size, departed.size], [false, 0, 0]);
      assert.deepEqual(directoriesOf(content), [
        [OLD, true, namesOf(old)],
        [NEW, true, namesOf(recent)],
      ]);
    });

    it('says why a repository cannot be pruned', async () => {
      const { indexer, prunable } = world.storage;
      assert.equal((await prunable.survey(REPOSITORY)).state, 'noMetadata');
      const first = await publish({ full: true });
      await publish({ delete: [OLD] });
      const back = { kind: 'rollback', generation: first.revision, by: 'me', reason: null } as const;
      await indexer.operate(REPOSITORY, back, {});
      assert.equal((await prunable.survey(REPOSITORY)).state, 'held');
    });

    it('takes single packages from clients, and does not offer them again', async () => {
      await publish({ full: true });
      const going = (await whole()).packages.find(({ name, arch }) => name === 'a' && arch !== 'src') ?? assert.fail();
      for (const run of [{ removeRpms: [going.href] }, { full: true }]) {
        await publish(run);
        const left = Object.fromEntries(Object.entries(old).filter(([name]) => !going.href.endsWith(name)));
        assert.deepEqual(await world.published(REPOSITORY), checksumsOf(left, recent));
      }
      const { packages, departed } = await whole();
      assert.ok(!packages.some(({ href }) => href === going.href));
      assert.deepEqual(
        [...departed].filter((place) => place !== going.href),
        [],
      );
    });

    it('knows builds alone, where packages are published elsewhere', async () => {
      const content = await world.storage.prunable.surveyLogs(REPOSITORY);
      assert.deepEqual([content.packages, content.hasModules], [[], false]);
      assert.deepEqual(
        content.directories.map(({ name, isBuild }) => [name, isBuild]),
        [
          [OLD, true],
          [NEW, true],
        ],
      );
    });

    it('removes source builds, but none that was used since it was looked at', async () => {
      const { prunable } = world.storage;
      assert.deepEqual(await prunable.sourceBuilds(PROJECT), []);
      await deliver(world, { ...PROJECT, chroot: SOURCE_CHROOT, targetDir: '00000001' }, old);
      const [build, ...more] = await prunable.sourceBuilds(PROJECT);
      assert.ok(build !== undefined);
      const { owner, dirname, name, isLog } = build;
      assert.deepEqual([owner, dirname, name, isLog, more], ['jdoe', 'hello', '00000001', false, []]);
      assert.equal(await prunable.removeSourceBuild({ ...build, changedAt: build.changedAt - 1 }), 'kept');
      assert.deepEqual(await prunable.sourceBuilds(PROJECT), [build]);
      assert.equal(await prunable.removeSourceBuild(build), 'removed');
      assert.deepEqual(await prunable.sourceBuilds(PROJECT), []);
    });
  });
}
