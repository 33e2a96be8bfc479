import assert from 'node:assert/strict';
import type { LogRecord } from '../../../src/logging/log-entry.js';
import { createLogger, type Logger } from '../../../src/logging/logger.js';
import { createTemporalLogger } from '../../../src/logging/temporal-logger.js';

const SECRET = 'correct "horse"/staple';

describe('createLogger', () => {
  let lines: string[];
  let logger: Logger;

  beforeEach(() => {
    lines = [];
    logger = createLogger({
      level: 'info',
      name: 'test',
      secrets: [SECRET, ''],
      destination: { write: (line) => void lines.push(line) },
    });
  });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;

  it('writes JSON lines with a readable level and time', () => {
    logger.info({ taskId: '12' }, 'build started');
    const { time, ...rest } = last();
    assert.deepEqual(rest, {
      level: 'info',
      pid: process.pid,
      hostname: rest['hostname'],
      name: 'test',
      taskId: '12',
      msg: 'build started',
    });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    logger.debug('not this one');
    assert.equal(lines.length, 1);
  });

  it('masks secrets by their names, however deep', () => {
    logger.info(
      { config: { frontend_auth: 'abc', redis_password: 'abc', nested: [{ Authorization: 'Basic abc' }] } },
      'x',
    );
    assert.deepEqual(last()['config'], {
      frontend_auth: '****',
      redis_password: '****',
      nested: [{ Authorization: '****' }],
    });
  });

  it('masks secrets by their value, in every spelling and place', () => {
    const error = new Error(`refused ${SECRET}`, { cause: new Error(encodeURIComponent(SECRET)) });
    logger.error(
      { err: error, header: Buffer.from(`user:${SECRET}`).toString('base64'), [SECRET]: 1 },
      `with ${SECRET}`,
    );
    logger.child({ where: SECRET }).error(new Error(SECRET));
    for (const line of lines) {
      assert.doesNotMatch(line, /horse|aG9yc2U|Y29ycmVjdC/);
      assert.doesNotThrow(() => JSON.parse(line) as unknown);
    }
  });

  it('masks secrets that are part of JSON itself, and every line and copy is still a record', () => {
    const copies: LogRecord[] = [];
    const secrets = ['1234', String(process.pid), 'true', 'nested', 'time', '"msg"', '2026'];
    const odd = createLogger({
      ...{ level: 'info', name: 'test', secrets },
      destination: { write: (line) => void lines.push(line) },
      copy: () => (record) => void copies.push(record),
    });
    odd.info({ port: 1234, isOpen: true, more: [{ at: 51_234 }], text: 'a\nested' }, 'on port 1234');
    const { msg, port, isOpen, more, level, pid, time } = last();
    assert.deepEqual([msg, port, isOpen, more], ['on port ****', '****', '****', [{ at: '5****' }]]);
    assert.deepEqual([level, pid], ['info', process.pid]);
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.deepEqual(copies, [last()]);
  });

  it('tells an error with its causes', () => {
    const cause = Object.assign(new Error('inner'), { code: 'ECONNREFUSED' });
    logger.error({ err: new Error('outer', { cause }) }, 'failed');
    const err = last()['err'] as { message: string; stack: string; cause: Record<string, unknown> };
    assert.equal(err.message, 'outer');
    assert.match(err.stack, /logger\.test/);
    assert.deepEqual([err.cause['message'], err.cause['code']], ['inner', 'ECONNREFUSED']);
  });

  it('survives causes that go in a circle', () => {
    const error = new Error('circle');
    error.cause = error;
    logger.error({ err: error }, 'failed');
    assert.equal((last()['err'] as { message: string }).message, 'circle');
  });
});

describe('createTemporalLogger', () => {
  it('passes the SDK’s lines on, with its levels and fields', () => {
    const lines: string[] = [];
    const temporal = createTemporalLogger(
      createLogger({ level: 'info', name: 'test', destination: { write: (line) => void lines.push(line) } }),
    );
    temporal.log('WARN', 'one', { timestampNanos: 5n, error: new Error('bad') });
    temporal.debug('not this one');
    temporal.warn('No workflows registered, not polling for workflow tasks');
    temporal.info('two');
    const [one, two] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual([one?.['level'], one?.['msg'], one?.['timestampNanos']], ['warn', 'one', '5']);
    assert.equal((one?.['err'] as { message: string }).message, 'bad');
    assert.equal(two?.['level'], 'info');
    assert.equal(lines.length, 2);
  });
});
