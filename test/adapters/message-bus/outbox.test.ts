import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createMessageBus } from '../../../src/adapters/message-bus/message-bus.js';
import { dayOf, newRecord, recordName } from '../../../src/adapters/message-bus/outbox-record.js';
import { createOutbox, waitingBuses, type Outbox } from '../../../src/adapters/message-bus/outbox.js';
import { givenAnnouncement } from '../../support/given-announcement.js';
import { givenDirectory } from '../../support/given-directory.js';

const TIME = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;

function nameOf(
  order: number,
  key = `run-${order}`,
  topic: 'build.start' | 'chroot.start' | 'build.end' = 'build.end',
): string {
  return recordName(givenAnnouncement({ topic }), { key: `${key}/${topic}`, order });
}

describe('recordName', () => {
  it('is the same for the same occasion, and sorts by time and then by the course of a build', () => {
    assert.equal(nameOf(5), nameOf(5));
    const inOrder = [
      ...[nameOf(99, 'b', 'build.start'), nameOf(99, 'b', 'chroot.start'), nameOf(99, 'b', 'build.end')],
      ...[nameOf(1000, 'a', 'build.start'), nameOf(TIME, 'z')],
    ];
    assert.deepEqual([...inOrder].sort(), inOrder);
    assert.equal(dayOf(nameOf(TIME)), '2026-11-22');
  });
});

describe('newRecord', () => {
  it('has an id that only its key decides, in the form of a random UUID, and a time as fedora-messaging writes it', () => {
    const record = newRecord(givenAnnouncement(), { key: 'run/build.end', order: 1 }, new Date(TIME + 456));
    const again = newRecord(givenAnnouncement({ pid: 1 }), { key: 'run/build.end', order: 2 }, new Date());
    assert.equal(record.id, again.id);
    assert.match(record.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(record.id, newRecord(givenAnnouncement(), { key: 'run2/build.end', order: 1 }, new Date()).id);
    assert.equal(record.sentAt, '2026-11-22T12:00:00+00:00');
  });
});

describe('createOutbox', () => {
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let outbox: Outbox;
  beforeEach(async () => {
    home = await givenDirectory();
    outbox = createOutbox(home.path, 'bus');
  });
  afterEach(() => home.remove());

  const inside = (...names: string[]): string => path.join(home.path, ...names);
  const waiting = (): Promise<string[]> => readdir(inside('waiting', '=bus'));

  it('is empty before the first message', async () => {
    assert.deepEqual(await outbox.oldest(10), { names: [], waiting: 0 });
    await outbox.prune(Date.now());
    assert.deepEqual(await waitingBuses(home.path), []);
  });

  it('takes a message once: while it waits and after it was sent', async () => {
    const name = nameOf(TIME);
    assert.equal(await outbox.add(name, 'first'), true);
    assert.equal(await outbox.add(name, 'second'), false);
    assert.equal(await outbox.take(name), 'first');
    await outbox.sent(name);
    assert.deepEqual(await waiting(), []);
    assert.equal(await outbox.add(name, 'third'), false);
    assert.deepEqual(await waiting(), []);
  });

  it('takes one of many who come with the same message at the same time', async () => {
    const name = nameOf(TIME);
    const added = await Promise.all(Array.from({ length: 20 }, (_, index) => outbox.add(name, `copy ${index}`)));
    assert.equal(added.filter(Boolean).length, 1);
    assert.deepEqual(await waiting(), [name]);
  });

  it('leaves no copy of a message that was sent while the copy was written', async () => {
    const name = nameOf(TIME);
    await outbox.add(name, 'first');
    const added = await Promise.all([outbox.sent(name), ...Array.from({ length: 20 }, () => outbox.add(name, 'late'))]);
    assert.deepEqual(
      added.filter((one) => one === true),
      [],
    );
    assert.deepEqual(await waiting(), []);
  });

  it('gives the oldest first, however many there are', async () => {
    const times = Array.from({ length: 50 }, (_, index) => TIME + ((index * 37) % 50));
    for (const time of times) await outbox.add(nameOf(time), '');
    const look = await outbox.oldest(7);
    assert.equal(look.waiting, 50);
    assert.deepEqual(
      look.names,
      Array.from({ length: 7 }, (_, index) => nameOf(TIME + index)),
    );
  });

  it('does not send again what a sender had sent when it died', async () => {
    const name = nameOf(TIME);
    await outbox.add(name, 'text');
    // Marked and not yet taken away.
    await mkdir(inside('sent', '=bus', dayOf(name)), { recursive: true });
    await writeFile(inside('sent', '=bus', dayOf(name), name), '');
    assert.equal(await outbox.take(name), null);
    assert.deepEqual(await waiting(), []);
  });

  it('sets aside what cannot be sent, with the reason', async () => {
    const name = nameOf(TIME);
    await outbox.add(name, '{"broken');
    const file = await outbox.refuse(name, '{"broken', 'it is broken');
    assert.equal(file, inside('refused', '=bus', name));
    const { reason, content } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    assert.deepEqual([reason, content], ['it is broken', '{"broken']);
    assert.deepEqual(await waiting(), []);
  });

  it('ignores files that are not messages, and removes those of a writer that died long ago', async () => {
    const name = nameOf(TIME);
    await outbox.add(name, 'text');
    const [old, fresh] = [inside('waiting', '=bus', '.a.tmp'), inside('waiting', '=bus', '.b.tmp')];
    for (const file of [old, fresh, inside('waiting', '=bus', 'notes.txt')]) await writeFile(file, '');
    const now = Date.now();
    await utimes(old, new Date(now - 2 * DAY), new Date(now - 2 * DAY));
    await outbox.prune(now);
    assert.deepEqual((await outbox.oldest(10)).names, [name]);
    assert.deepEqual((await waiting()).sort(), ['.b.tmp', name, 'notes.txt'].sort());
  });

  it('forgets what was sent long ago, and no earlier', async () => {
    const [old, young] = [nameOf(TIME), nameOf(TIME + DAY)];
    for (const name of [old, young]) await outbox.add(name, '').then(() => outbox.sent(name));
    const day = inside('sent', '=bus', dayOf(old));
    const now = Date.now();
    await utimes(day, new Date(now - 6 * DAY), new Date(now - 6 * DAY));
    await outbox.prune(now);
    assert.equal(await outbox.add(old, ''), false);
    await outbox.prune(now + 2 * DAY);
    assert.equal(await outbox.add(old, ''), true);
    assert.equal(await outbox.add(young, ''), false);
  });

  it('keeps buses apart, whatever they are called', async () => {
    const ids = ['bus', '..', '.', 'a/b', 'ž ', '%2e'];
    for (const id of ids) await createOutbox(home.path, id).add(nameOf(TIME), id);
    assert.equal((await readdir(inside('waiting'))).length, ids.length);
    assert.deepEqual((await waitingBuses(home.path)).map(({ id }) => id).sort(), [...ids].sort());
    for (const id of ids) assert.equal(await createOutbox(home.path, id).take(nameOf(TIME)), id);
  });

  it('tells of a disk that takes nothing', async function () {
    if (process.getuid?.() === 0) {
      // Root may write anywhere but where a directory cannot be.
      await writeFile(inside('waiting'), '');
    } else await chmod(home.path, 0o500);
    const bus = createMessageBus({
      directory: home.path,
      buses: [
        {
          type: 'stomp',
          id: 'bus',
          hosts: [{ host: 'localhost', port: 1 }],
          login: null,
          tls: null,
          destination: '/x',
        },
      ],
      log: { info: () => undefined, warn: () => undefined },
    });
    await assert.rejects(bus.announce(givenAnnouncement(), { key: 'run', order: 1 }), {
      name: 'PortFailure',
      code: 'StorageFailed',
      message: /outbox .* cannot be written: E/,
    });
    await chmod(home.path, 0o700);
  });
});
