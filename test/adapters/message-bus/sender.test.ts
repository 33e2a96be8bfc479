import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { newRecord, recordName } from '../../../src/adapters/message-bus/outbox-record.js';
import { createOutbox, type Outbox } from '../../../src/adapters/message-bus/outbox.js';
import { createSender, type Sender } from '../../../src/adapters/message-bus/sender.js';
import { BusUnavailable, type Transport } from '../../../src/adapters/message-bus/transport.js';
import { AnnouncementInvalid, type Announcement } from '../../../src/domain/announce/announcement.js';
import { givenAnnouncement } from '../../support/given-announcement.js';
import { givenDirectory } from '../../support/given-directory.js';

const TIME = Date.UTC(2026, 10, 22, 12);
const TOPICS = ['build.start', 'chroot.start', 'build.end'] as const;
const TIMES = { lookMs: 3_600_000, pauseMs: 1, longestPauseMs: 4 };

type Sent = { readonly taskId: string; readonly topic: string; readonly id: string };

/** A bus that notes what it confirmed; `answer` says what becomes of a message. */
function givenTransport(answer: (sent: Sent) => Promise<void> = () => Promise.resolve()) {
  const confirmed: Sent[] = [];
  const under = { now: 0, most: 0, byTask: new Map<string, number>() };
  const transport: Transport = {
    address: 'test://bus',
    connect: () => Promise.resolve(),
    close: () => Promise.resolve(),
    async send({ id, announcement: { taskId, topic } }) {
      assert.equal(under.byTask.get(taskId) ?? 0, 0, 'two messages of a task are under way');
      under.byTask.set(taskId, 1);
      under.most = Math.max(under.most, (under.now += 1));
      try {
        await answer({ taskId, topic, id });
        confirmed.push({ taskId, topic, id });
      } finally {
        under.byTask.delete(taskId);
        under.now -= 1;
      }
    },
  };
  return {
    transport,
    confirmed,
    under,
    topicsOf: (task: string) => confirmed.filter(({ taskId }) => taskId === task).map(({ topic }) => topic),
  };
}

/** An answer that ends something. */
function aborting(controller: AbortController): () => Promise<void> {
  return () => {
    controller.abort();
    return Promise.resolve();
  };
}

function givenLog() {
  const lines: { readonly level: string; readonly text: string; readonly fields: Record<string, unknown> }[] = [];
  const note =
    (level: string) =>
    (fields: object, text: string): void => {
      lines.push({ level, text, fields: { ...fields } });
    };
  return { info: note('info'), warn: note('warn'), texts: () => lines.map(({ text }) => text), lines };
}

describe('createSender', () => {
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let outbox: Outbox;
  let log: ReturnType<typeof givenLog>;
  beforeEach(async () => {
    home = await givenDirectory();
    outbox = createOutbox(home.path, 'bus');
    log = givenLog();
  });
  afterEach(() => home.remove());

  async function add(taskId: string, topic: Announcement['topic'], order = TIME): Promise<string> {
    const announcement = givenAnnouncement({ taskId, topic });
    const occasion = { key: `${taskId}/${topic}`, order };
    const name = recordName(announcement, occasion);
    await outbox.add(name, JSON.stringify(newRecord(announcement, occasion, new Date())));
    return name;
  }

  const senderOf = (transport: Transport, times = TIMES): Sender =>
    createSender({ busId: 'bus', outbox, transport, log, times });
  const neverLost = new AbortController().signal;

  /** Everything that waits, and then the end. */
  const drain = (transport: Transport): Promise<void> =>
    senderOf(transport).run({ stop: AbortSignal.abort(), lost: neverLost });

  const waiting = async (): Promise<number> => (await outbox.oldest(1)).waiting;

  it('sends the messages of a build one after the other, in the order in which they happened', async () => {
    for (const topic of [...TOPICS].reverse()) for (const task of ['1', '2', '3']) await add(task, topic);
    const { transport, topicsOf } = givenTransport();
    await drain(transport);
    for (const task of ['1', '2', '3']) assert.deepEqual(topicsOf(task), TOPICS);
    assert.equal(await waiting(), 0);
  });

  it('keeps the order of a build through a bus that fails at every second message', async () => {
    for (const [index, topic] of TOPICS.entries())
      for (const task of ['1', '2', '3', '4']) await add(task, topic, TIME + index);
    let calls = 0;
    const { transport, topicsOf, confirmed } = givenTransport(() =>
      calls++ % 2 === 0 ? Promise.reject(new BusUnavailable('down')) : Promise.resolve(),
    );
    const stop = new AbortController();
    const counted: Transport = {
      ...transport,
      send: async (record) => {
        await transport.send(record);
        if (confirmed.length === 12) stop.abort();
      },
    };
    await senderOf(counted).run({ stop: stop.signal, lost: neverLost });
    for (const task of ['1', '2', '3', '4']) assert.deepEqual(topicsOf(task), TOPICS);
  });

  it('holds a build back whose message the bus refuses, and no other', async () => {
    for (const topic of TOPICS) for (const task of ['1', '2']) await add(task, topic);
    const { transport, topicsOf } = givenTransport(({ taskId, topic }) =>
      taskId === '1' && topic === 'chroot.start' ? Promise.reject(new Error('nacked')) : Promise.resolve(),
    );
    await drain(transport);
    assert.deepEqual([topicsOf('1'), topicsOf('2')], [['build.start'], TOPICS]);
    assert.equal(await waiting(), 2);
    assert.equal((log.lines[0]?.fields['err'] as Error).message, 'nacked');
  });

  it('tells how many wait, while the bus refuses and when it has taken them, and that it counts no more', async () => {
    for (const task of ['1', '2']) await add(task, 'build.end');
    const counts: (number | null)[] = [];
    const refuse = () => Promise.reject(new BusUnavailable('down'));
    const run = (transport: Transport): Promise<void> =>
      createSender({
        ...{ busId: 'bus', outbox, transport, log, times: TIMES },
        seen: (count) => counts.push(count),
      }).run({
        stop: AbortSignal.abort(),
        lost: neverLost,
      });
    await run(givenTransport(refuse).transport);
    assert.deepEqual(counts, [2, null]);
    await run(givenTransport().transport);
    assert.deepEqual(counts, [2, null, 2, 0, null]);
  });

  it('waits for a bus that is down, longer each time, says so, and says when it is back', async () => {
    await add('1', 'build.end');
    let downs = 0;
    const stop = new AbortController();
    const { transport, confirmed } = givenTransport(() => {
      if (downs < 5) return Promise.reject(new BusUnavailable(`down ${(downs += 1)}`));
      stop.abort();
      return Promise.resolve();
    });
    await senderOf(transport).run({ stop: stop.signal, lost: neverLost });
    assert.equal(confirmed.length, 1);
    assert.deepEqual(
      log.lines.map(({ text, fields }) => [text, fields['nextInMs'] ?? fields['failures'], fields['waiting']]),
      [
        ...[1, 2, 4, 4, 4].map((pause) => ['message bus does not take messages; they wait', pause, 1]),
        ['message bus answers again', 5, undefined],
      ],
    );
  });

  it('asks a bus that is down once, not for every message that waits', async () => {
    for (let task = 0; task < 300; task++) await add(String(task), 'build.end');
    let asked = 0;
    const { transport } = givenTransport(() => {
      asked += 1;
      return Promise.reject(new BusUnavailable('down'));
    });
    await drain(transport);
    assert.equal(asked, 100);
    assert.equal(await waiting(), 300);
  });

  it('sends a message again, with the same id, when it died before it could note that it was sent', async () => {
    await add('1', 'build.end');
    const { transport, confirmed } = givenTransport();
    // Confirmed by the bus; then the process is gone.
    const dying = createOutbox(home.path, 'bus');
    const end = new AbortController();
    const died: Outbox = { ...dying, sent: aborting(end) };
    await createSender({ busId: 'bus', outbox: died, transport, log, times: TIMES }).run({
      stop: neverLost,
      lost: end.signal,
    });
    assert.equal(await waiting(), 1);
    await drain(transport);
    assert.equal(confirmed.length, 2);
    assert.equal(confirmed[0]?.id, confirmed[1]?.id);
    assert.equal(await waiting(), 0);
  });

  it('sets aside what it cannot read and what must not be sent, and goes on', async () => {
    const poison = ['not json', '{}', JSON.stringify({ id: 'x', sentAt: '', announcement: {} })];
    for (const [index, content] of poison.entries()) {
      const key = `poison-${index}`;
      await outbox.add(recordName(givenAnnouncement(), { key, order: index }), content);
    }
    await add('invalid', 'build.start');
    await add('invalid', 'build.end');
    await add('good', 'build.end');
    const { transport, topicsOf } = givenTransport(({ taskId, topic }) =>
      taskId === 'invalid' && topic === 'build.start'
        ? Promise.reject(new AnnouncementInvalid('no user'))
        : Promise.resolve(),
    );
    await drain(transport);
    assert.deepEqual([topicsOf('good'), topicsOf('invalid')], [['build.end'], ['build.end']]);
    assert.equal(await waiting(), 0);
    assert.equal((await readdir(path.join(home.path, 'refused', '=bus'))).length, 4);
    assert.deepEqual(
      log.texts(),
      Array.from({ length: 4 }, () => 'a message cannot be sent and was set aside'),
    );
  });

  it('goes on at once when something is added by its own process', async () => {
    const stop = new AbortController();
    const { transport, confirmed } = givenTransport();
    const sender = senderOf({
      ...transport,
      send: async (record) => {
        await transport.send(record);
        if (confirmed.length === 1) void add('2', 'build.end').then(() => sender.nudge());
        else stop.abort();
      },
    });
    await add('1', 'build.end');
    await sender.run({ stop: stop.signal, lost: neverLost });
    assert.equal(confirmed.length, 2);
  });

  it('sends what was added while the last look before its end was under way', async () => {
    const stop = new AbortController();
    const { transport, confirmed } = givenTransport();
    const seen = outbox;
    outbox = {
      ...seen,
      oldest: async (limit) => {
        const look = await seen.oldest(limit);
        if (!stop.signal.aborted) {
          await add('1', 'build.end');
          sender.nudge();
          stop.abort();
        }
        return look;
      },
    };
    const sender = senderOf(transport);
    await sender.run({ stop: stop.signal, lost: neverLost });
    assert.equal(confirmed.length, 1);
  });

  it('looks for what other processes add', async () => {
    const stop = new AbortController();
    const { transport, confirmed } = givenTransport(aborting(stop));
    const running = senderOf(transport, { ...TIMES, lookMs: 1 }).run({ stop: stop.signal, lost: neverLost });
    await add('1', 'build.end');
    await running;
    assert.equal(confirmed.length, 1);
  });

  it('sends nothing more once another sender may be at work', async () => {
    for (let task = 0; task < 300; task++) await add(String(task), 'build.end');
    const lost = new AbortController();
    const { transport, confirmed } = givenTransport(aborting(lost));
    await senderOf(transport).run({ stop: neverLost, lost: lost.signal });
    assert.equal(confirmed.length, 100);
  });

  it('holds two thousand of 100,000 messages at a time', async function () {
    this.timeout(300_000);
    const directory = path.join(home.path, 'waiting', '=bus');
    mkdirSync(directory, { recursive: true });
    const many = 100_000;
    for (let number = 0; number < many; number++) {
      const announcement = givenAnnouncement({ taskId: String(number) });
      const occasion = { key: `run-${number}`, order: TIME + number };
      const content = JSON.stringify(newRecord(announcement, occasion, new Date()));
      writeFileSync(path.join(directory, recordName(announcement, occasion)), content);
    }
    const looks: number[] = [];
    let held = 0;
    let most = 0;
    const watched: Outbox = {
      ...outbox,
      oldest: async (limit) => {
        const look = await outbox.oldest(limit);
        looks.push(look.waiting);
        held = 0;
        return look;
      },
      take: (name) => {
        most = Math.max(most, (held += 1));
        return outbox.take(name);
      },
    };
    const lost = new AbortController();
    const { transport, confirmed, under } = givenTransport(() => {
      if (confirmed.length >= 5900) lost.abort();
      return Promise.resolve();
    });
    await createSender({ busId: 'bus', outbox: watched, transport, log, times: TIMES }).run({
      stop: neverLost,
      lost: lost.signal,
    });
    assert.deepEqual(looks, [many, many - 2000, many - 4000]);
    assert.deepEqual(
      confirmed.map(({ taskId }) => Number(taskId)).sort((one, other) => one - other),
      Array.from({ length: 6000 }, (_, index) => index),
    );
    assert.deepEqual([most, under.most], [2000, 100]);
  });
});
