import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entryOf, type LogRecord } from '../../../src/logging/log-entry.js';
import { entryLine, logLine } from '../../../src/logging/log-line.js';
import { pythonRecord, readPythonRecord } from '../../../src/logging/python-record.js';

const PROGRAM = fileURLToPath(new URL('../../fixtures/python_log.py', import.meta.url));

function python(mode: 'make' | 'format', input = ''): string {
  const { status, stdout, stderr } = spawnSync('python3', [PROGRAM, mode], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** The lines that the daemon writes for a record. */
function linesOf(text: string): string {
  const read = readPythonRecord(text);
  assert.ok(read.ok, JSON.stringify(read));
  return entryLine(read.record.entry);
}

describe('records in the form of Python', () => {
  const err = { type: 'Error', message: 'no\nroom', stack: 'Error: no room\n    at x' };
  const base = { level: 'info', time: '2026-01-31T23:05:09.987Z', pid: 4711, name: 'worker all' };
  const records: readonly LogRecord[] = [
    { ...base, workflowId: 'build/5-f', activityType: 'followBuild', attempt: 2, ticket: 17, msg: 'lost' },
    { ...base, level: 'warn', time: '2026-12-31T23:59:59.001Z', msg: '100 % of %s\n[forged]' },
    { ...base, level: 'fatal', err, msg: 'failed' },
  ];

  it('are the same lines after the way through Redis', () => {
    for (const record of records) assert.equal(linesOf(pythonRecord('worker', entryOf(record))), logLine(record));
  });

  it('are lines of the same form when the old daemon formats them', () => {
    const sent = records.map((record) => `${pythonRecord('worker', entryOf(record))}\n`);
    const [first, second, third, ...stack] = python('format', sent.join('')).split('\n').slice(0, -1);
    const ours = records.map((record) => logLine(record).split('\n')[0]);
    assert.equal(first, ours[0]);
    // Where we have no attempt, its line number is 0.
    assert.deepEqual(
      [second, third].map((line) => line?.replace('[-:-:0]', '[-:-:-]')),
      ours.slice(1),
    );
    assert.deepEqual(stack, ['Error: no room', '    at x']);
  });

  it('are read as Python makes them, with payloads and tracebacks in lines of their own', () => {
    const [info, warning, exception] = python('make').split('\n').slice(0, -1).map(linesOf);
    const head = /^\[[-\d]{10} [:\d]{8},\d{3}\]\[ {2}INFO\]\[PID:\d+\]\[copr\.worker\]\[python_log\.py:make:\d+\] /;
    assert.match(info ?? '', head);
    assert.match(info ?? '', /\] ticket 17 of ann\/ümläut\n$/);
    assert.match(warning ?? '', /\]\[WARNING\].*\] a payload:\n {4}\{\n {6}"chroot": "f"\n {4}\}\n$/);
    assert.match(exception ?? '', /\]\[ ERROR\].*\] failed\n {4}Traceback [^]*\n {4}ValueError: no room\n$/);
  });

  it('are bounded, and say where they were cut', () => {
    const stack = Array.from({ length: 2000 }, (_, n) => `    at ${'x'.repeat(5000)} ${n}`).join('\n');
    const record = { ...base, level: 'error', msg: 'm'.repeat(1e6), err: { ...err, stack } };
    const sent = pythonRecord('worker', entryOf(record));
    assert.ok(sent.length < 1_200_000, String(sent.length));
    const lines = linesOf(sent);
    assert.ok(lines.length < 1_200_000, String(lines.length));
    assert.ok(lines.endsWith('\n    … 1501 more lines\n'), lines.slice(-100));
  });
});
