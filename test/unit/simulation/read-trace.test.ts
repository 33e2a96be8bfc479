import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTraceLine, parseTraceLine, type TraceEvent } from '../../../src/domain/dispatch/admission-trace.js';
import { TraceReader } from '../../../src/simulation/read-trace.js';
import type { Trace } from '../../../src/simulation/trace.js';
import { givenLimits, givenTask, pendingTasks } from '../../support/given-tasks.js';

const AT = Date.parse('2026-01-02T03:04:05.000Z');
const begin = (at: number): TraceEvent => ({ event: 'begin', at: AT + at, limits: givenLimits(2), pause: 5 });
const arrive = (at: number, taskId: string): TraceEvent => ({
  event: 'arrive',
  at: AT + at,
  task: givenTask({ taskId }),
});
const move = (event: 'start' | 'end' | 'leave', at: number, taskId: string): TraceEvent => ({
  ...{ event, at: AT + at, taskId },
});

function read(...lines: readonly (TraceEvent | string)[]): { readonly trace: Trace; readonly cut: readonly number[] } {
  const reader = new TraceReader();
  for (const line of lines) reader.add(typeof line === 'string' ? line : formatTraceLine(line));
  return { trace: reader.end(), cut: reader.cutLines };
}
/** Each task as `id arrived started ended left`, relative to the beginning. */
function told(trace: Trace): readonly string[] {
  const shown = (at: number | null): string => (at === null ? '-' : String(at - AT));
  return trace.tasks.map(({ facts, arrived, started, ended, left }) =>
    [facts.taskId, ...[arrived, started, ended, left].map(shown)].join(' '),
  );
}

describe('trace lines', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(pendingTasks, (tasks) => {
        for (const task of tasks) {
          const event: TraceEvent = { event: 'arrive', at: AT + 123, task };
          assert.deepEqual(parseTraceLine(formatTraceLine(event)), event);
        }
      }),
    );
    for (const event of [begin(1), move('leave', 2, '7')]) {
      assert.deepEqual(parseTraceLine(formatTraceLine(event)), event);
    }
  });

  it('are short: three of a usual build take less than 300 bytes', () => {
    const task = givenTask({ taskId: '1234567-fedora-42-x86_64', sandbox: 'jdoe/hello--jdoe' });
    const lines = [
      { event: 'arrive', at: AT, task } as const,
      move('start', 0, task.taskId),
      move('end', 0, task.taskId),
    ];
    assert.ok(lines.map(formatTraceLine).join('\n').length < 300);
  });
});

describe('TraceReader', () => {
  it('puts together what became of each build', () => {
    const { trace } = read(
      ...[begin(0), arrive(0, '1'), arrive(5, '2'), arrive(5, '3')],
      ...[move('start', 4, '1'), move('leave', 9, '2'), move('end', 20, '1')],
    );
    assert.deepEqual(told(trace), ['1 0 4 20 -', '2 5 - - 9', '3 5 - - -']);
    assert.deepEqual([trace.from, trace.to], [AT, AT + 20]);
  });

  it('tells a build that was run again from its first run', () => {
    const { trace } = read(
      ...[begin(0), arrive(0, '1'), move('start', 1, '1'), move('end', 2, '1')],
      ...[arrive(3, '1'), move('start', 4, '1'), move('end', 5, '1')],
    );
    assert.deepEqual(told(trace), ['1 0 1 2 -', '1#2 3 4 5 -']);
  });

  it('goes on where another poller, or a new one, tells everything again', () => {
    const { trace } = read(
      ...[
        begin(0),
        arrive(0, '1'),
        arrive(1, '2'),
        arrive(2, '3'),
        arrive(2, '4'),
        move('start', 3, '2'),
        move('start', 3, '3'),
      ],
      ...[begin(100), arrive(3, '2'), move('start', 3, '2'), arrive(100, '1'), move('end', 110, '2')],
    );
    assert.deepEqual(told(trace), ['1 0 - - -', '2 1 3 110 -', '3 2 3 100 -', '4 2 - - 100']);
  });

  it('leaves out a cut last line, and one that a killed poller left', () => {
    const cut = '{"at":1767323045,"event":"arr';
    const { trace, cut: lines } = read(begin(0), arrive(0, '1'), cut, begin(9), arrive(9, '1'), cut);
    assert.deepEqual(told(trace), ['1 0 - - -']);
    assert.deepEqual(lines, [3, 6]);
  });

  const bad: readonly (readonly [string, readonly (TraceEvent | string)[], RegExp])[] = [
    ['is cut in its middle', [begin(0), '{"at":17', arrive(0, '1')], /^line 2: this is not a complete JSON object$/],
    ['has an unknown event', [begin(0), '{"at":17,"event":"dance"}', arrive(0, '1')], /^line 2: event: /],
    ['lacks a field', [begin(0), '{"at":17,"event":"start"}', arrive(0, '1')], /^line 2: task: /],
    [
      'is of another version',
      [formatTraceLine(begin(0)).replace('"version":1', '"version":2'), arrive(0, '1')],
      /^line 1: version/,
    ],
    ['lacks its beginning', [arrive(0, '1')], /^line 1: a trace begins with the event "begin"/],
    ['is empty', [], /empty/],
    ['has no builds', [begin(0)], /no builds/],
  ];
  for (const [what, lines, message] of bad) {
    it(`refuses a trace that ${what}, and says where`, () => {
      assert.throws(() => read(...lines), { name: 'TraceError', message });
    });
  }
});
