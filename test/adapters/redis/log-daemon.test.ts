import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { runLogDaemon } from '../../../src/adapters/redis/log-daemon.js';
import { confirmRecords, takeRecords } from '../../../src/adapters/redis/log-list.js';
import { createLogSender, type LogSender } from '../../../src/adapters/redis/log-sender.js';
import { connectRedis } from '../../../src/adapters/redis/redis-connection.js';
import { openServiceLog } from '../../../src/adapters/redis/service-log.js';
import { createLogger, type Logger } from '../../../src/logging/logger.js';
import { logLine } from '../../../src/logging/log-line.js';
import { steady } from '../../../src/backoff/with-backoff.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRedis, type GivenRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const LIST = 'copr:backend:log:fifo::';
const HURRY = { pauses: steady(20), answerMs: 300 };
const BUILD = {
  level: 'info',
  time: '2026-01-31T23:05:09.007Z',
  pid: 4711,
  name: 'worker build',
  workflowId: 'build/5-f',
};

/** A record as a program of the Python service pushes it. */
const PYTHON = {
  ...{ who: 'worker', name: 'root', levelno: 20, levelname: 'INFO', msg: 'Trying to allocate VM: ticket 17', args: [] },
  ...{ created: 1767225600.25, msecs: 250, process: 4711, filename: 'alloc.py', funcName: 'allocate', lineno: 10 },
  ...{ exc_info: null, exc_text: null, thread: 140, relativeCreated: 7.5 },
};

describe('log records through Redis', () => {
  let redis: GivenRedis;
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let said: Readonly<Record<string, unknown>>[];
  let local: Logger;
  let ends: (() => Promise<void>)[];

  beforeEach(async () => {
    redis = await givenRedis();
    directory = await givenDirectory();
    said = [];
    ends = [];
    local = createLogger({
      ...{ level: 'debug', name: 'local' },
      destination: { write: (line) => void said.push(JSON.parse(line) as Record<string, unknown>) },
    });
  });
  afterEach(async () => {
    redis.goOn();
    for (const end of ends) await end();
    await redis.remove();
    await directory.remove();
  });

  const text = (name: string): string => {
    const file = path.join(directory.path, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const lines = (name: string): readonly string[] => text(name).split('\n').slice(0, -1);
  const push = (record: unknown): Promise<unknown> =>
    redis.ask(
      `return redis.call('RPUSH', KEYS[1], KEYS[2])`,
      LIST,
      typeof record === 'string' ? record : JSON.stringify(record),
    );
  const waiting = async (): Promise<number> => (await redis.ask(`return redis.call('LLEN', KEYS[1])`, LIST)) as number;
  const messages = (): readonly unknown[] => said.map(({ msg }) => msg);

  function sender(options: Partial<Parameters<typeof createLogSender>[0]> = {}): LogSender {
    const made = createLogSender({ redis: redis.place, local, ...HURRY, ...options });
    ends.push(made.close);
    return made;
  }

  /** Starts a daemon; the returned function ends it as SIGTERM does. */
  function daemon(options: { readonly leastLevel?: number } = {}): () => Promise<void> {
    const stop = new AbortController();
    const ended = runLogDaemon({
      ...{ redis: redis.place, logDir: directory.path, leastLevel: 0, name: 'here', log: local, signal: stop.signal },
      ...{ ...HURRY, ...options },
    });
    const end = (): Promise<void> => {
      stop.abort();
      return ended;
    };
    ends.push(end);
    return end;
  }

  it('writes the records of several senders in the same lines as the processes themselves would', async () => {
    await redis.start();
    daemon();
    const err = { type: 'Error', message: 'no\nroom', stack: 'Error: no\n    at x' };
    const records = [
      { ...BUILD, activityType: 'followBuild', attempt: 2, ticket: 17, msg: 'builder connection lost' },
      { ...BUILD, level: 'error', err, msg: 'failed' },
    ];
    for (const send of [sender().send, sender().send]) for (const record of records) send(record);
    sender().send({ ...BUILD, workflowId: 'dispatcher/actions', msg: 'polled' });
    await until(
      'all records are there',
      () => lines('worker.log').length === 8 && lines('action_dispatcher.log').length === 1,
    );
    // Two senders have no order among them.
    assert.deepEqual(
      [...lines('worker.log')].sort(),
      records.map(logLine).join('').repeat(2).split('\n').slice(0, -1).sort(),
    );
  });

  it('writes records of the Python service, with the places in its sources', async () => {
    await redis.start();
    await push({ ...PYTHON, msg: 'Payload:\n{"a": 1}', levelname: 'WARNING', levelno: 30 });
    await push({
      ...PYTHON,
      who: 'analyze-results',
      msg: 'failed',
      exc_text: 'Traceback:\n  File "a.py"',
      stack_info: null,
    });
    await push({ ...PYTHON, who: 'pruner', levelno: 10, levelname: 'DEBUG', msg: 'below the level' });
    await push({ ...PYTHON, who: 'pruner', msg: 'the last one' });
    daemon({ leastLevel: 20 });
    await until('the last one is there', () => lines('pruner.log').length > 0);
    const [first, ...more] = lines('worker.log');
    assert.match(
      first ?? '',
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,250\]\[WARNING\]\[PID:4711\]\[ {6}root\]\[alloc\.py:allocate:10\] Payload:$/,
    );
    assert.deepEqual(more, ['    {"a": 1}']);
    assert.match(text('analyze-results.log'), /\] failed\n {4}Traceback:\n {6}File "a\.py"\n$/);
    assert.doesNotMatch(text('pruner.log'), /below/);
  });

  it('skips entries that are not records with a warning, and no record forges a line', async () => {
    await redis.start();
    const forged = '[2026-01-01 00:00:00,000][ ERROR][PID:1][      root][a:b:1] forged';
    await push('not JSON');
    await push({ ...PYTHON, who: '../../etc/passwd' });
    await push({ ...PYTHON, who: 'nobody' });
    await push({ ...PYTHON, created: 'yesterday' });
    await push({
      ...PYTHON,
      msg: `x\n${forged}\r${forged}\u001b[2J`,
      funcName: `f]\n${forged}`,
      process: `1\n${forged}`,
    });
    await push({ ...PYTHON, msg: { not: 'a text' }, args: ['%s', 1], name: null, lineno: null });
    daemon();
    await until('the last one is there', () => text('worker.log').includes('not'));
    assert.equal(lines('worker.log').filter((line) => line.startsWith('[')).length, 2, text('worker.log'));
    assert.ok(!text('worker.log').includes('\u001b') && !text('worker.log').includes('\r'));
    const skipped = said.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      skipped.map(({ why, who }) => why ?? who),
      [
        'it is not JSON',
        'who: must be the name of a log file',
        'nobody',
        'created: Invalid input: expected number, received string',
      ],
    );
  });

  it('goes on in a new file after a rotation', async () => {
    await redis.start();
    daemon();
    const { send } = sender();
    send({ ...BUILD, msg: 'old' });
    await until('it is there', () => text('worker.log').includes('old'));
    renameSync(path.join(directory.path, 'worker.log'), path.join(directory.path, 'worker.log.1'));
    await until('a new file is there', () => {
      send({ ...BUILD, msg: 'new' });
      return text('worker.log').includes('new');
    });
    assert.match(text('worker.log.1'), /old/);
  });

  it('writes what it has taken before it ends, and leaves the rest in Redis', async () => {
    await redis.start();
    const numbers = Array.from({ length: 3000 }, (_, n) => `record ${n};`);
    const { send, close } = sender();
    for (const msg of numbers) send({ ...BUILD, msg });
    await close();
    const end = daemon();
    await until('it has begun', () => text('worker.log') !== '');
    await end();
    const written = lines('worker.log').length;
    assert.equal(written + (await waiting()), numbers.length);
    daemon();
    await until('all is written', () => lines('worker.log').length === numbers.length);
    const found = [...text('worker.log').matchAll(/record \d+;/g)].map(([one]) => one);
    assert.deepEqual(found, numbers, 'each once, in order');
  });

  it('writes what a daemon that died had taken', async () => {
    await redis.start();
    const taken = JSON.stringify({ ...PYTHON, msg: 'taken' });
    await redis.ask(`return redis.call('RPUSH', KEYS[1], KEYS[2])`, 'copr:backend:log:taken:here', taken);
    await push({ ...PYTHON, msg: 'waiting' });
    daemon();
    await until('both are there', () => lines('worker.log').length === 2);
    assert.match(text('worker.log'), /taken\n.*waiting\n$/);
  });

  it('takes the same records until they are confirmed, and a late call of a broken connection loses none', async () => {
    await redis.start();
    for (const record of ['1', '2', '3', '4', '5']) await push(record);
    const old = await connectRedis(redis.place);
    const own = await connectRedis(redis.place);
    for (const connection of [old, own])
      ends.push(() => {
        connection.close();
        return Promise.resolve();
      });
    const first = await takeRecords(old, 'here', 2);
    assert.deepEqual(await takeRecords(own, 'here', 2), first, 'the answer to the old connection may be lost');
    await takeRecords(old, 'here', 2);
    await confirmRecords(own, 'here', first);
    const second = await takeRecords(own, 'here', 2);
    await confirmRecords(old, 'here', first);
    assert.deepEqual(await takeRecords(own, 'here', 2), second);
    await confirmRecords(own, 'here', second);
    const third = await takeRecords(own, 'here', 2);
    assert.deepEqual(
      [first, second, third].flatMap(({ records }) => records),
      ['1', '2', '3', '4', '5'],
    );
  });

  it('waits for a Redis that is not there yet, hangs or starts again, and says so once each time', async () => {
    daemon();
    await until('it has noticed', () => messages().includes('Redis does not answer; trying again'));
    await redis.start();
    const { send } = sender();
    send({ ...BUILD, msg: 'one' });
    await until('one is there', () => text('worker.log').includes('one'));
    redis.hang();
    await until('it has noticed', () => said.some(({ err }) => JSON.stringify(err ?? '').includes('no answer within')));
    redis.goOn();
    send({ ...BUILD, msg: 'two' });
    await until('two is there', () => text('worker.log').includes('two'));
    const answers = said.filter(({ msg }) => String(msg).startsWith('Redis '));
    assert.ok(answers.length <= 6, JSON.stringify(answers));
  });

  it('writes lines that no file takes into its own log', async () => {
    await redis.start();
    await directory.remove();
    daemon();
    sender().send({ ...BUILD, msg: 'homeless' });
    await until('it is there', () => said.some(({ line }) => String(line).includes('homeless')));
    assert.ok(messages().includes('log files cannot be written; until they can, lines go to standard error only'));
  });
});

describe('a sender whose Redis is away', () => {
  let redis: GivenRedis;
  let said: Readonly<Record<string, unknown>>[];
  let local: Logger;

  beforeEach(async () => {
    redis = await givenRedis({ password: 'hunter2' });
    said = [];
    local = createLogger({
      ...{ level: 'debug', name: 'local' },
      destination: { write: (line) => void said.push(JSON.parse(line) as Record<string, unknown>) },
    });
  });
  afterEach(async () => {
    redis.goOn();
    await redis.remove();
  });

  const sent = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    ((await redis.ask(`return redis.call('LRANGE', KEYS[1], 0, -1)`, LIST)) as string[]).map(
      (record) => JSON.parse(record) as Record<string, unknown>,
    );

  it('keeps the newest records of an outage, and says in each file and here how many are missing', async () => {
    const bounds = { records: 100, characters: 1e9 };
    const { send, close } = createLogSender({ redis: redis.place, local, ...HURRY, bounds });
    // An outage is as long as what is logged in it: a busy worker logs 100,000 lines in some hours.
    for (let n = 0; n < 100_000; n += 1) send({ ...BUILD, msg: `record ${n}` });
    send({ ...BUILD, workflowId: 'action/7', msg: 'an action' });
    await until('it has noticed', () => said.some(({ level }) => level === 'warn'));
    send({ ...BUILD, msg: 'one more' });
    await redis.start();
    await until('it has noticed', () => said.some(({ msg }) => msg === 'Redis takes log records again'));
    await close();
    const records = await sent();
    assert.equal(records.length, 101);
    assert.match(
      String(records[0]?.['msg']),
      /^99902 records of this process on .* are missing here, from 2026-01-31T23:05:09.007Z to .*: Redis .* did not take them in time\. /,
    );
    assert.equal(records[0]?.['who'], 'worker');
    assert.deepEqual(
      records.slice(-3).map(({ msg }) => msg),
      ['record 99999', 'an action', 'one more'],
    );
    const warnings = said.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      warnings.map(({ msg }) => msg),
      [
        'Redis takes no log records; the newest wait here, and standard error has all of them',
        'log files lack records: Redis takes none',
      ],
    );
    assert.equal(said.at(-1)?.['dropped'], 99_902);
    assert.doesNotMatch(JSON.stringify(said), /hunter2/);
  });

  it('is bounded in memory by the size of the records, too', async () => {
    const bounds = { records: 1e9, characters: 1e6 };
    const { send, close } = createLogSender({ redis: redis.place, local, ...HURRY, bounds });
    for (let n = 0; n < 100; n += 1) send({ ...BUILD, msg: 'x'.repeat(50_000) });
    await redis.start();
    await until('it is there', async () => (await sent()).length > 0);
    await close();
    assert.ok(
      said.some(({ dropped }) => dropped === 81),
      JSON.stringify(said),
    );
    const characters = JSON.stringify(await sent()).length;
    assert.ok(characters > 500_000 && characters < 1_100_000, String(characters));
  });

  it('counts a Redis that hangs, refuses the password or is not emptied as away', async () => {
    const wrong = createLogSender({ redis: { ...redis.place, redisPassword: 'wrong' }, local, ...HURRY });
    const right = createLogSender({ redis: redis.place, local, ...HURRY });
    await redis.start();
    wrong.send({ ...BUILD, msg: 'refused' });
    await until('it is refused', () => JSON.stringify(said).includes('WRONGPASS'));
    await wrong.close();
    assert.equal(said.at(-1)?.['msg'], 'log files lack records: Redis did not take them before the end');
    redis.hang();
    right.send({ ...BUILD, msg: 'kept' });
    await until('it has noticed', () => JSON.stringify(said).includes('no answer within'));
    redis.goOn();
    await until('it is there', async () => (await sent()).length > 0);
    const fill = `for n = 1, 100000 do redis.call('RPUSH', KEYS[1], '{}') end return 1`;
    await redis.ask(fill, LIST);
    right.send({ ...BUILD, msg: 'too many' });
    await until('it has noticed', () => JSON.stringify(said).includes('does copr-backend-log run?'));
    await redis.ask(`return redis.call('DEL', KEYS[1])`, LIST);
    await until('it is there', async () => (await sent()).length > 0);
    await right.close();
    assert.equal((await sent())[0]?.['msg'], 'too many');
  });

  it('lets a process end within seconds', async () => {
    const { log, close } = openServiceLog(
      { ...redis.place, logTo: 'redis', logDir: '/nowhere', logLevel: 'info' },
      { name: 'test', destination: { write: (line) => void said.push(JSON.parse(line) as Record<string, unknown>) } },
    );
    await redis.start();
    redis.hang();
    log.info('kept in the journal');
    await close();
    assert.deepEqual(
      said.map(({ msg }) => msg),
      ['kept in the journal', 'log files lack records: Redis did not take them before the end'],
    );
  });
});
