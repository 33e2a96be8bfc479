import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../../../src/adapters/files/entries.js';
import { givenRepository, NOTHING, REPOSITORY, type GivenRepository } from '../../support/given-repository.js';
import { refusalOf } from '../../support/rejection.js';

const HOUR = 3_600_000;

describe('deletions from a repository', () => {
  let given: GivenRepository;
  afterEach(() => given.remove());

  it('leave the metadata at once and the tree when nobody can be reading any more', async () => {
    given = await givenRepository();
    const { publish, build, clock, hrefs, rpmsOf, chroot, indexer } = given;
    await publish({ add: [await build('00000001-one'), await build('00000002-two')] });
    const published = await publish({ delete: ['00000001-one'] });
    assert.deepEqual(await hrefs(), rpmsOf('00000002-two'));
    assert.equal(published.collectAt, new Date(clock.now + HOUR).toISOString());
    for (const rpm of rpmsOf('00000001-one')) await stat(path.join(chroot, rpm));
    assert.equal((await publish({ full: true })).packages, 3, 'a scan passes over what was deleted');

    clock.now += HOUR / 2;
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: published.collectAt });
    clock.now += HOUR / 2;
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: null });
    assert.equal(await exists(path.join(chroot, '00000001-one')), false);
    assert.deepEqual((await readdir(chroot)).sort(), ['00000002-two', 'repodata']);
  });

  it('take single packages and say so in prune.log', async () => {
    given = await givenRepository({ graceHours: 0 });
    const { publish, build, hrefs, rpmsOf, chroot } = given;
    await publish({ add: [await build('00000001-one')] });
    const [gone = '', ...left] = rpmsOf('00000001-one');
    const published = await publish({ removeRpms: [gone, '00000009-none/a-1-1.noarch.rpm'] });
    assert.deepEqual([published.collectAt, await hrefs()], [null, left]);
    assert.equal(await exists(path.join(chroot, gone)), false);
    const log = await readFile(path.join(chroot, '00000001-one', 'prune.log'), 'utf8');
    assert.match(log, /^00000001-one\/one-1\.0-1\.noarch\.rpm pruned on \S+, by PID \d+\n$/);
    assert.equal((await publish({ delete: ['00000001-one'] })).packages, 0);
    assert.deepEqual(await readdir(chroot), ['repodata']);
  });

  it('leave devel and public metadata, for both name the same files', async () => {
    given = await givenRepository({ graceHours: 0 });
    const { publish, build, hrefs, rpmsOf, chroot } = given;
    const devel = path.join(chroot, 'devel', 'repodata');
    await publish({ add: [await build('00000001-one'), await build('00000002-two')] });
    await publish({ devel: true, full: true });
    await publish({ devel: true, delete: ['00000001-one'] });
    assert.deepEqual([await hrefs(), await hrefs(devel)], [rpmsOf('00000002-two'), rpmsOf('00000002-two')]);
    assert.equal(await exists(path.join(chroot, '00000001-one')), false);
  });

  it('do not take a build that was delivered anew', async () => {
    given = await givenRepository();
    const { publish, build, clock, hrefs, rpmsOf, indexer } = given;
    await publish({ add: [await build('00000001-one', 'first')] });
    await publish({ delete: ['00000001-one'] });
    await publish({ add: [await build('00000001-one', 'second, longer')] });
    clock.now += 2 * HOUR;
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: null });
    assert.deepEqual(await hrefs(), rpmsOf('00000001-one'));
    assert.equal((await publish({ full: true })).packages, 3);
  });

  it('do not take what was delivered and did not ask for its place yet', async () => {
    given = await givenRepository();
    const { publish, build, clock, indexer, chroot, rpmsOf } = given;
    clock.now = Date.now() - 10 * HOUR;
    await publish({ add: [await build('00000001-one')] });
    await publish({ delete: ['00000001-one'] });
    await build('00000001-one', 'delivered now');
    clock.now += 2 * HOUR;
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: null });
    await stat(path.join(chroot, rpmsOf('00000001-one')[0] ?? ''));
  });

  it('leave nothing of a project that was deleted meanwhile', async () => {
    given = await givenRepository({ graceHours: 0 });
    const { publish, build, indexer, chroot, root } = given;
    await publish({ add: [await build('00000001-one')] });
    await rm(path.join(root, REPOSITORY.owner), { recursive: true });
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: null });
    await assert.rejects(stat(path.dirname(chroot)), { code: 'ENOENT' });
  });

  it('go on after a run that died behind the switch', async () => {
    given = await givenRepository({ graceHours: 0 });
    const { publish, build, indexer, chroot } = given;
    await publish({ add: [await build('00000001-one')] });
    const stop = new AbortController();
    const died = indexer.publish(
      REPOSITORY,
      { ...NOTHING, delete: ['00000001-one'] },
      { signal: stop.signal, onProgress: (step) => step === 'switching' && stop.abort() },
    );
    await died; // the switch is done by then; the same request comes again all the same
    assert.equal((await publish({ delete: ['00000001-one'] })).packages, 0);
    assert.deepEqual(await readdir(chroot), ['repodata']);
  });

  it('refuse names that are none, before anything is touched', async () => {
    given = await givenRepository({ graceHours: 0 });
    const { publish, build, chroot, hrefs } = given;
    await publish({ add: [await build('00000001-one')] });
    await writeFile(path.join(given.root, 'precious.rpm'), 'x');
    await writeFile(path.join(chroot, 'comps.xml'), '<comps/>');
    for (const run of [
      { delete: ['..'] },
      { delete: ['.'] },
      { delete: ['00000001-one/..'] },
      { delete: [''] },
      { delete: ['repodata'] },
      { delete: ['devel'] },
      { delete: ['comps.xml'] },
      { removeRpms: ['repodata/a-1-1.noarch.rpm'] },
      { removeRpms: ['../../../precious.rpm'] },
      { removeRpms: ['/precious.rpm'] },
      { removeRpms: ['00000001-one'] },
      { removeRpms: ['00000001-one/../x.rpm'] },
    ])
      assert.equal((await refusalOf(publish(run))).code, 'RepositoryFailed', JSON.stringify(run));
    await stat(path.join(given.root, 'precious.rpm'));
    assert.equal((await hrefs()).length, 3);
    await stat(path.join(chroot, 'comps.xml'));
  });
});
