import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPrunableTree } from '../../../../src/adapters/repository-store/survey/prunable-tree.js';
import { selectForPruning, type PrunableContent } from '../../../../src/domain/prune/prune-selection.js';
import type { PrunableTree } from '../../../../src/ports/prune/prunable-tree.js';
import { locations } from '../../../support/dnf-client.js';
import { givenDirectory } from '../../../support/given-directory.js';
import { givenRepository, REPOSITORY, type GivenRepository } from '../../../support/given-repository.js';
import { givenVersions } from '../../../support/given-versions.js';

const DAY = 86_400;

describe('createPrunableTree', function () {
  this.timeout(120_000);
  let given: GivenRepository;
  let tree: PrunableTree;
  let now: number;

  beforeEach(async () => {
    given = await givenRepository();
    tree = createPrunableTree({ destdir: given.root });
    now = given.clock.now / 1000;
  });
  afterEach(() => given.remove());

  async function whole(): Promise<PrunableContent> {
    const survey = await tree.survey(REPOSITORY);
    return survey.state === 'whole' ? survey : assert.fail(survey.why);
  }

  /** Two packages in several versions, one of them delivered twice, all 30 days old but for the last two. */
  async function builds(): Promise<void> {
    await mkdir(given.chroot, { recursive: true });
    const hello = await givenVersions(given.chroot, 'hello');
    const other = await givenVersions(given.chroot, 'other');
    for (const n of [1, 2, 10, 9]) await hello.put(`0000000${n % 10}-hello`, n, now - 30 * DAY);
    await hello.put('00000011-hello', 10, now - 30 * DAY);
    await other.put('00000012-other', 1, now - 30 * DAY);
    await other.put('00000012-other', 2, now - DAY);
    await other.put('00000013-other', 3, now - DAY);
    await given.publish({ full: true });
  }

  it('selects what dnf repoquery says is not the latest', async () => {
    await builds();
    const query = async (...more: readonly string[]): Promise<readonly string[]> => {
      const found = await locations(path.join(given.root, '.dnf'), given.chroot, more);
      return found.filter((href) => !href.endsWith('.src.rpm')).sort();
    };
    const [all, latest] = [await query(), await query('--latest-limit=1')];
    const ofAnyAge = selectForPruning(await whole(), { now: given.clock.now + 60 * DAY * 1000, days: 14 });
    const superseded = all.filter((href) => !latest.includes(href));
    assert.equal(all.length, 8);
    assert.deepEqual(
      ofAnyAge
        .filter(({ kind }) => kind === 'rpm')
        .map(({ path: href }) => href)
        .toSorted(),
      superseded,
    );
  });

  it('reads ages and sizes from the metadata, and says why', async () => {
    await builds();
    const removals = selectForPruning(await whole(), { now: given.clock.now, days: 14 });
    assert.deepEqual(
      removals.map(({ kind, path: file }) => `${kind} ${file}`),
      [
        'rpm 00000001-hello/hello-1.00001-1.noarch.rpm',
        'rpm 00000002-hello/hello-1.00002-1.noarch.rpm',
        'rpm 00000009-hello/hello-1.00009-1.noarch.rpm',
        'rpm 00000012-other/other-1.00001-1.noarch.rpm',
        'srpm 00000001-hello/hello-1.00001-1.src.rpm',
        'srpm 00000002-hello/hello-1.00002-1.src.rpm',
        'srpm 00000009-hello/hello-1.00009-1.src.rpm',
      ],
    );
    assert.match(removals[0]?.reason ?? '', /^superseded by 0:1\.00010-1, built \d{4}-\d\d-\d\d$/);
    assert.ok(removals.every(({ bytes }) => bytes > 1000));
  });

  it('names what pinned generations name, what has left, and which directories are builds', async () => {
    await builds();
    const { revision } = (await given.metadata()).repomd;
    await given.indexer.operate(REPOSITORY, { kind: 'pin', generation: revision, by: 'a test' }, {});
    await given.publish({ removeRpms: ['00000001-hello/hello-1.00001-1.noarch.rpm'] });
    await writeFile(path.join(given.chroot, '00000002-hello', 'build.info'), 'build_id=2\n');
    const content = await whole();
    assert.equal(content.pinned.get('00000002-hello/hello-1.00002-1.noarch.rpm'), revision);
    assert.deepEqual([...content.departed], ['00000001-hello/hello-1.00001-1.noarch.rpm']);
    assert.deepEqual(
      content.directories.filter(({ isBuild }) => isBuild).map(({ name }) => name),
      ['00000002-hello'],
    );
    assert.deepEqual(selectForPruning(content, { now: given.clock.now, days: 14 }), [], 'the pin keeps all of them');
  });

  it('says when there is no metadata, and when an operator holds it', async () => {
    await given.build('00000001-hello');
    assert.equal((await tree.survey(REPOSITORY)).state, 'noMetadata');
    await given.publish({ full: true });
    const { revision } = (await given.metadata()).repomd;
    await given.build('00000002-other');
    given.clock.now += 5000;
    await given.publish({ add: ['00000002-other'] });
    await given.indexer.operate(REPOSITORY, { kind: 'rollback', generation: revision, by: 'me', reason: null }, {});
    const survey = await tree.survey(REPOSITORY);
    assert.equal(survey.state, 'held');
    assert.match('why' in survey ? survey.why : '', new RegExp(`generation ${revision}`));
  });

  it('finds projects and source builds, and removes only what has not changed since', async () => {
    const root = await givenDirectory();
    try {
      const sources = path.join(root.path, 'jdoe', 'hello', 'srpm-builds');
      const old = path.join(sources, '00000001');
      await mkdir(old, { recursive: true });
      await mkdir(path.join(root.path, '.prune'));
      await writeFile(path.join(sources, 'build-1.log'), '');
      await mkdir(path.join(sources, '.kept-by-an-operator'));
      await utimes(old, 1_600_000_000, 1_600_000_000);
      const own = createPrunableTree({ destdir: root.path });
      assert.deepEqual(await own.projects(), [{ owner: 'jdoe', dirname: 'hello' }]);
      const found = await own.sourceBuilds({ owner: 'jdoe', dirname: 'hello' });
      assert.deepEqual(found.map(({ owner, dirname, name, isLog }) => [owner, dirname, name, isLog]).toSorted(), [
        ['jdoe', 'hello', '00000001', false],
        ['jdoe', 'hello', 'build-1.log', true],
      ]);
      const entry = found.find(({ isLog }) => !isLog) ?? assert.fail();
      await writeFile(path.join(old, 'new'), '');
      assert.equal(await own.removeSourceBuild(entry), 'kept');
      assert.ok(existsSync(old));
      await utimes(old, 1_600_000_000, 1_600_000_000);
      assert.equal(await own.removeSourceBuild(entry), 'removed');
      assert.ok(!existsSync(old));
      const outside = { ...entry, name: '..', changedAt: (await stat(root.path)).mtimeMs };
      await assert.rejects(async () => own.removeSourceBuild(outside), { code: 'StorageFailed', retryable: false });
    } finally {
      await root.remove();
    }
  });
});
