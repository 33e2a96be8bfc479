import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { RemovalWatch } from '../../../src/ports/project/trash.js';
import { givenDirectory } from '../../support/given-directory.js';

const HOUR = 3_600_000;
const ALL: RemovalWatch = { atMost: Number.POSITIVE_INFINITY };

describe('trash', () => {
  let place: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => {
    place = await givenDirectory();
  });
  after(() => place.remove());
  const directory = (): string => place.path;
  let now = 0;

  function given(name: string, hours = 24): { readonly root: string; readonly trash: ReturnType<typeof createTrash> } {
    now = Date.parse('2026-01-01T00:00:00Z');
    const root = path.join(directory(), name);
    mkdirSync(path.join(root, 'jdoe/hello/fedora-44-x86_64/00000001-a'), { recursive: true });
    writeFileSync(path.join(root, 'jdoe/hello/fedora-44-x86_64/00000001-a/a.rpm'), 'rpm');
    return { root, trash: createTrash({ destdir: root, hours, now: () => now }) };
  }

  it('takes a directory out of the tree and gives it back', async () => {
    const { root, trash } = given('restore');
    assert.deepEqual(await trash.discard(['jdoe', 'hello'], 'action 7', ALL), { removed: 0, done: true });
    assert.ok(!existsSync(path.join(root, 'jdoe/hello')));
    const [entry, ...more] = await trash.list();
    assert.deepEqual(more, []);
    assert.equal(entry?.path, 'jdoe/hello');
    assert.equal(entry.by, 'action 7');
    assert.equal(entry.goesAt, '2026-01-02T00:00:00.000Z');
    await trash.restore(entry.id);
    assert.equal(readFileSync(path.join(root, 'jdoe/hello/fedora-44-x86_64/00000001-a/a.rpm'), 'utf8'), 'rpm');
    assert.deepEqual(await trash.list(), []);
  });

  it('leaves alone what has a part in a storage that it does not know', async () => {
    const { root, trash } = given('elsewhere');
    writeFileSync(path.join(root, 'jdoe/hello/.elsewhere.json'), '{}');
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    const [entry] = await trash.list();
    assert.ok(entry !== undefined);
    assert.deepEqual(await trash.empty({ ...ALL, all: true }), { removed: 0, done: true });
    await assert.rejects(trash.restore(entry.id), /another storage, which is not configured here/);
    assert.equal((await trash.list()).length, 1);
    assert.ok(!existsSync(path.join(root, 'jdoe/hello')));
  });

  for (const hours of [24, 0])
    it(`removes the others, and then says what is in a storage that is away (kept for ${hours} h)`, async () => {
      const { root } = given(`away-${hours}`, hours);
      const away = new PortFailure('PulpUnavailable', 'Pulp does not answer');
      const done = (): Promise<void> => Promise.resolve();
      const elsewhere = { clear: done, restore: done, remove: () => Promise.reject(away) };
      const trash = createTrash({ destdir: root, hours, elsewhere, now: () => now });
      writeFileSync(path.join(root, 'jdoe/hello/.elsewhere.json'), '{}');
      const discarded = trash.discard(['jdoe', 'hello'], 'action 7', ALL);
      await (hours === 0 ? assert.rejects(discarded, away) : discarded);
      now += 1000;
      mkdirSync(path.join(root, 'jdoe/other'));
      await trash.discard(['jdoe', 'other'], 'action 8', ALL);
      await assert.rejects(trash.empty({ ...ALL, all: true }), away);
      const left = await trash.list();
      assert.deepEqual(
        left.map((entry) => entry.path),
        ['jdoe/hello'],
      );
    });

  it('believes no build that it has a part elsewhere', async () => {
    const { root, trash } = given('forged');
    writeFileSync(path.join(root, 'jdoe/hello/fedora-44-x86_64/00000001-a/.elsewhere.json'), '{}');
    await trash.discard(['jdoe', 'hello', 'fedora-44-x86_64', '00000001-a'], 'action 7', ALL);
    assert.equal((await trash.empty({ ...ALL, all: true })).removed, 2);
    assert.deepEqual(await trash.list(), []);
  });

  it('is closed to everybody else', async () => {
    const { root, trash } = given('closed');
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    assert.equal(lstatSync(path.join(root, '.trash')).mode & 0o777, 0o700);
  });

  it('does nothing twice', async () => {
    const { trash } = given('twice');
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    assert.equal((await trash.list()).length, 1);
  });

  it('removes what has rested long enough, and nothing before', async () => {
    const { root, trash } = given('due');
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    now += 24 * HOUR - 1;
    assert.equal((await trash.empty(ALL)).removed, 0);
    now += 1;
    assert.deepEqual(await trash.empty(ALL), { removed: 1, done: true });
    assert.deepEqual(readdirSync(path.join(root, '.trash')), []);
  });

  it('removes at once where it keeps nothing, a slice at a time', async () => {
    const { root, trash } = given('at-once', 0);
    for (let index = 0; index < 1200; index += 1)
      writeFileSync(path.join(root, `jdoe/hello/fedora-44-x86_64/00000001-a/${index}.log`), '');
    const progress: number[] = [];
    const watch = { atMost: 1000, onProgress: (removed: number): void => void progress.push(removed) };
    assert.deepEqual(await trash.discard(['jdoe', 'hello'], 'action 7', watch), { removed: 1000, done: false });
    assert.deepEqual(progress, [500, 1000]);
    assert.ok(!existsSync(path.join(root, 'jdoe/hello')), 'nobody sees half of it');
    assert.deepEqual(await trash.discard(['jdoe', 'hello'], 'action 7', watch), { removed: 201, done: true });
    assert.deepEqual(readdirSync(path.join(root, '.trash')), []);
  });

  it('stops when it is told to', async () => {
    const { trash } = given('stopped', 0);
    const removal = await trash.discard(['jdoe', 'hello'], 'action 7', { ...ALL, signal: AbortSignal.abort() });
    assert.deepEqual(removal, { removed: 0, done: false });
  });

  it('never goes through a link', async () => {
    const { root, trash } = given('links', 0);
    const outside = path.join(directory(), 'outside');
    mkdirSync(path.join(outside, 'hello'), { recursive: true });
    writeFileSync(path.join(outside, 'hello/precious'), 'precious');
    symlinkSync(outside, path.join(root, 'eve'));
    symlinkSync(path.join(root, 'jdoe'), path.join(root, 'alias'));
    symlinkSync(outside, path.join(root, 'jdoe/hello/link'));
    for (const owner of ['eve', 'alias'])
      await assert.rejects(trash.discard([owner, 'hello'], 'action 7', ALL), {
        code: 'StorageFailed',
        retryable: false,
      });
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    assert.ok(!existsSync(path.join(root, 'jdoe/hello')));
    assert.equal(readFileSync(path.join(outside, 'hello/precious'), 'utf8'), 'precious');
  });

  it('takes names only, and nothing as high as an owner', async () => {
    const { root, trash } = given('names');
    for (const names of [['jdoe'], [], ['jdoe', '..'], ['..', 'x'], ['jdoe', 'a/b'], ['jdoe', ''], ['.trash', 'x']])
      await assert.rejects(trash.discard(names, 'action 7', ALL), { code: 'StorageFailed', retryable: false });
    assert.ok(existsSync(path.join(root, 'jdoe/hello')));
  });

  it('does not restore over what stands there again', async () => {
    const { root, trash } = given('again');
    await trash.discard(['jdoe', 'hello'], 'action 7', ALL);
    mkdirSync(path.join(root, 'jdoe/hello/new'), { recursive: true });
    const [entry] = await trash.list();
    assert.ok(entry);
    await assert.rejects(trash.restore(entry.id), /exists again/);
    assert.equal((await trash.list()).length, 1);
    await assert.rejects(trash.restore('../..'), /nothing in the trash/);
  });
});
