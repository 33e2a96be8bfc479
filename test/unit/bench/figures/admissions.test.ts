import assert from 'node:assert/strict';
import {
  findStarved,
  findViolations,
  runningLeast,
  taskSpans,
  type TaskSpan,
} from '../../../../bench/figures/admissions.js';
import type { SeenCall } from '../../../../bench/installation/frontend-tap.js';

function seen(taskId: string, status: number, answeredAt: number): SeenCall {
  return { method: 'POST', path: '/backend/update', fromBuilder: false, taskId, status, answeredAt };
}

describe('what the bench makes of reports', () => {
  it('a task runs from the leave to start until its terminal report', () => {
    const reports = [seen('1', 6, 10), seen('2', 6, 11), seen('1', 3, 12), seen('1', 1, 20)];
    assert.deepEqual(taskSpans({ reports }), [
      { taskId: '1', started: 10, ended: 20 },
      { taskId: '2', started: 11, ended: null },
    ]);
  });

  it('a start while a limit is used up is a violation, one that follows an end is none', () => {
    const spans: readonly TaskSpan[] = [
      { taskId: '1', started: 0, ended: 5 },
      { taskId: '2', started: 5, ended: null },
    ];
    const workers = (): readonly { limit: string; of: number }[] => [{ limit: 'workers', of: 1 }];
    assert.deepEqual(findViolations(spans, workers), []);
    const early = [...spans, { taskId: '3', started: 7, ended: null }];
    assert.deepEqual(findViolations(early, workers), ['3 started with 2 of 1: workers']);
  });

  it('the fewest that ran at once are looked for between two times', () => {
    const spans: readonly TaskSpan[] = [
      { taskId: '1', started: 0, ended: 10 },
      { taskId: '2', started: 0, ended: 20 },
      { taskId: '3', started: 12, ended: null },
    ];
    assert.equal(runningLeast(spans, { begin: 5, end: 30 }), 1);
    assert.equal(runningLeast(spans, { begin: 12, end: 19 }), 2);
    assert.equal(runningLeast(spans, { begin: -1, end: 5 }), 0, 'before the first start');
  });

  it('an owner is starved who waits while another one was served twice more', () => {
    const tasks = ['a', 'a', 'b', 'b', 'c'].map((owner, at) => ({ taskId: String(at), owner }));
    const served = (...ids: readonly string[]): readonly TaskSpan[] =>
      ids.map((taskId) => ({ taskId, started: 0, ended: null }));
    assert.deepEqual(findStarved(served('0', '2'), tasks), []);
    assert.deepEqual(findStarved(served('0', '1', '2'), tasks), ['c']);
  });
});
