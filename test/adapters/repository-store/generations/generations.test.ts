import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GenerationOperation } from '../../../../src/contracts/repository/repository.js';
import { exists } from '../../../../src/adapters/files/entries.js';
import { givenRepository, REPOSITORY, type GivenRepository } from '../../../support/given-repository.js';
import { refusalOf } from '../../../support/rejection.js';

const HOUR = 3_600_000;

describe('generations of a repository', () => {
  let given: GivenRepository;
  beforeEach(async () => void (given = await givenRepository()));
  afterEach(() => given.remove());

  type Operation = GenerationOperation extends infer O ? (O extends unknown ? Omit<O, 'by'> : never) : never;
  const operate = (operation: Operation): ReturnType<GivenRepository['indexer']['operate']> =>
    given.indexer.operate(REPOSITORY, { ...operation, by: 'root' }, {});
  const rollback = (generation: string): ReturnType<typeof operate> =>
    operate({ kind: 'rollback', generation, reason: 'broken' });

  it('go live again until they are released; changes are prepared meanwhile', async () => {
    const { publish, build, hrefs, rpmsOf, live } = given;
    const first = await publish({ add: [await build('00000001-one')] });
    const text = await readFile(live('repomd.xml'), 'utf8');
    await publish({ add: [await build('00000002-two')] });
    const back = await rollback(first.revision);
    assert.deepEqual([back.revision, back.packages, back.hold?.by], [first.revision, 3, 'root']);
    assert.equal(await readFile(live('repomd.xml'), 'utf8'), text);

    const prepared = await publish({ add: [await build('00000003-three')] });
    assert.deepEqual([prepared.packages, prepared.changed, prepared.hold?.generation], [9, true, first.revision]);
    assert.deepEqual(await hrefs(), rpmsOf('00000001-one'), 'clients see nothing of it');
    assert.deepEqual((await rollback(first.revision)).hold?.generation, first.revision, 'twice is as good as once');

    const released = await operate({ kind: 'release' });
    assert.deepEqual([released.revision, released.hold], [prepared.revision, null]);
    assert.equal((await hrefs()).length, 9);
    assert.equal((await operate({ kind: 'release' })).revision, prepared.revision);
    assert.equal((await publish({ full: true })).changed, false);
  });

  it('keep what was deleted as long as clients are held at it', async () => {
    const { publish, build, hrefs, rpmsOf, clock, chroot, indexer } = given;
    const first = await publish({ add: [await build('00000001-one'), await build('00000002-two')] });
    await rollback(first.revision);
    await publish({ delete: ['00000001-one'] });
    clock.now += 5 * HOUR;
    await indexer.collect(REPOSITORY);
    assert.equal((await hrefs()).length, 6);
    for (const rpm of rpmsOf('00000001-one')) await stat(path.join(chroot, rpm));
    await operate({ kind: 'release' });
    assert.deepEqual(await hrefs(), rpmsOf('00000002-two'));
    await stat(path.join(chroot, '00000001-one'));
    clock.now += HOUR;
    assert.deepEqual(await indexer.collect(REPOSITORY), { collectAt: null });
    assert.equal(await exists(path.join(chroot, '00000001-one')), false);
  });

  it('are refused when they are not kept, or not whole any more', async () => {
    const { publish, build, clock } = given;
    const first = await publish({ add: [await build('00000001-one')] });
    const second = await publish({ add: [await build('00000002-two')], delete: ['00000001-one'] });
    clock.now += HOUR;
    await publish({});
    const incomplete = await refusalOf(rollback(first.revision));
    assert.deepEqual([incomplete.code, incomplete.retryable], ['GenerationIncomplete', false]);
    assert.match(incomplete.message, /3 packages of generation \d+ are removed: 00000001-one\/one-1/);
    const unknown = await refusalOf(rollback('17'));
    assert.equal(unknown.code, 'GenerationUnknown');
    assert.match(unknown.message, new RegExp(second.revision));
  });

  it('heal: a hold whose generation is gone ends, a half-done rollback is finished', async () => {
    const { publish, build, live, hrefs, rpmsOf } = given;
    const first = await publish({ add: [await build('00000001-one')] });
    const newest = await publish({ add: [await build('00000002-two')] });
    const text = await readFile(live('repomd.xml'), 'utf8');
    await rollback(first.revision);
    await writeFile(live('repomd.xml'), text); // as if it had died before the switch
    assert.equal((await publish({ add: [await build('00000003-three')] })).hold?.generation, first.revision);
    assert.deepEqual(await hrefs(), rpmsOf('00000001-one'));
    assert.notEqual(first.revision, newest.revision);

    await rm(live(), { recursive: true });
    const healed = await publish({});
    assert.deepEqual([healed.hold, healed.packages], [null, 9]);
  });

  it('have a URL of their own when they are pinned, whatever happens to the repository', async () => {
    const { publish, build, hrefs, rpmsOf, clock, root, indexer } = given;
    const first = await publish({ add: [await build('00000001-one'), await build('00000002-two')] });
    await operate({ kind: 'pin', generation: first.revision });
    await operate({ kind: 'pin', generation: first.revision });
    await publish({ delete: ['00000001-one'] });
    clock.now += 9 * HOUR;
    await indexer.collect(REPOSITORY);
    const pinned = path.join(root, REPOSITORY.owner, REPOSITORY.dirname, 'pinned', REPOSITORY.chroot, first.revision);
    assert.deepEqual(await hrefs(path.join(pinned, 'repodata')), [
      ...rpmsOf('00000001-one'),
      ...rpmsOf('00000002-two'),
    ]);
    for (const rpm of rpmsOf('00000001-one')) await stat(path.join(pinned, rpm));
    assert.equal((await publish({ full: true })).packages, 3, 'no scan finds them there');
    await operate({ kind: 'unpin', generation: first.revision });
    assert.deepEqual(await readdir(path.dirname(pinned)), []);
  });
});
