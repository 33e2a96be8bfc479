import assert from 'node:assert/strict';
import { logLine } from '../../../src/logging/log-line.js';

const BASE = { level: 'info', time: new Date(2026, 0, 31, 23, 5, 9, 7).toISOString(), pid: 4711, name: 'worker all' };
const HEAD = '[2026-01-31 23:05:09,007][  INFO][PID:4711][worker all]';

describe('logLine', () => {
  it('has the form of the Python service, with the work in place of the source line', () => {
    assert.equal(
      logLine({
        ...BASE,
        ...{ hostname: 'h', workflowId: 'build/5-f', activityType: 'followBuild', attempt: 2, taskId: '5-f' },
        ...{ host: 'builder 1', ticket: 17, empty: '', msg: 'builder connection lost' },
      }),
      `${HEAD}[build/5-f:followBuild:2] builder connection lost host="builder 1" ticket=17 empty=""\n`,
    );
    assert.equal(
      logLine({ ...BASE, name: 'status', level: 'warn', taskId: '5-f', msg: 'x' }),
      '[2026-01-31 23:05:09,007][WARNING][PID:4711][    status][-:-:-] x taskId=5-f\n',
    );
    const levels = ['trace', 'debug', 'error', 'fatal'].map(
      (level) => logLine({ ...BASE, level, msg: '' }).split('][')[1],
    );
    assert.deepEqual(levels, [' DEBUG', ' DEBUG', ' ERROR', 'CRITICAL']);
  });

  it('tells an error with its causes in the line, and the stack of a grave one below it', () => {
    const err = {
      ...{ type: 'Error', message: 'outer', stack: 'Error: outer\n    at a' },
      cause: { type: 'PortFailure', message: 'inner', stack: 'PortFailure: inner' },
    };
    const text = 'failed err="Error: outer, caused by PortFailure: inner"\n';
    assert.equal(logLine({ ...BASE, level: 'warn', msg: 'failed', err }).split('[-:-:-] ')[1], text);
    assert.equal(
      logLine({ ...BASE, level: 'error', msg: 'failed', err }).split('[-:-:-] ')[1],
      `${text}    Error: outer\n        at a\n    caused by\n    PortFailure: inner\n`,
    );
  });

  it('stays one line, whatever comes from outside', () => {
    const hostile = 'x\n[2026-01-01 00:00:00,000][ ERROR] forged\u001b[31m\r\u2028';
    const line = logLine({ ...BASE, workflowId: hostile, [hostile]: hostile, msg: hostile });
    assert.equal(line.split(/[\n\r\u2028]/).length, 2);
    assert.ok(!line.includes('\u001b'));
    const err = { type: 'Error', message: hostile, stack: `Error: ${hostile}` };
    const lines = logLine({ ...BASE, level: 'error', msg: 'm', err })
      .trimEnd()
      .split('\n');
    for (const more of lines.slice(1)) assert.ok(more.startsWith('    '), more);
  });

  it('cuts what is long', () => {
    assert.ok(logLine({ ...BASE, msg: 'x', output: 'y'.repeat(100_000) }).length < 1200);
  });
});
