import assert from 'node:assert/strict';
import { AdmissionRecorder, type Look } from '../../../../src/domain/dispatch/admission-recorder.js';
import { givenLimits, givenRunning, givenTask } from '../../../support/given-tasks.js';

const AT = Date.parse('2026-01-02T03:04:05.000Z');
const iso = (seconds: number): string => new Date(AT + seconds * 1000).toISOString();
type Seen = {
  readonly listed?: readonly string[];
  /** Task and the second it was given its slot. */
  readonly running?: Readonly<Record<string, number>>;
  /** Task, number and second of its end, second of its start. */
  readonly ended?: readonly (readonly [string, number, number, number])[];
  readonly workers?: number;
};

/** Events of a look as `event task second`. */
function look(recorder: AdmissionRecorder, second: number, seen: Seen): readonly string[] {
  const given: Look = {
    began: iso(second),
    listed: (seen.listed ?? []).map((taskId) => givenTask({ taskId })),
    view: {
      running: Object.entries(seen.running ?? {}).map(([taskId, since]) => ({
        ...givenRunning(givenTask({ taskId })),
        since: iso(since),
      })),
      tombstones: (seen.ended ?? []).map(([taskId, end, at, since]) => ({
        taskId,
        end,
        at: iso(at),
        since: iso(since),
        times: 1,
      })),
    },
    limits: givenLimits(seen.workers ?? 2),
    pause: 5,
  };
  return recorder.look(given).map((event) => {
    const task = 'taskId' in event ? event.taskId : 'task' in event ? event.task.taskId : '';
    return [event.event, task, (event.at - AT) / 1000].filter((word) => word !== '').join(' ');
  });
}

describe('AdmissionRecorder', () => {
  it('tells of arrivals when it sees them, of starts and ends when they were', () => {
    const recorder = new AdmissionRecorder();
    assert.deepEqual(look(recorder, 0, { listed: ['1'] }), ['begin 0', 'arrive 1 0']);
    assert.deepEqual(look(recorder, 5, { listed: ['1', '2'], running: { '1': 1 } }), ['start 1 1', 'arrive 2 5']);
    assert.deepEqual(look(recorder, 10, { listed: ['2'], running: { '2': 8 }, ended: [['1', 1, 8, 1]] }), [
      'start 2 8',
      'end 1 8',
    ]);
    assert.deepEqual(look(recorder, 15, { listed: ['2'], running: { '2': 8 } }), []);
  });

  it('misses no build that started and ended between two looks', () => {
    const recorder = new AdmissionRecorder();
    look(recorder, 0, { listed: ['1'] });
    assert.deepEqual(look(recorder, 5, { ended: [['1', 1, 4, 1]] }), ['start 1 1', 'end 1 4']);
    assert.deepEqual(look(recorder, 10, { ended: [['1', 1, 4, 1]] }), []);
  });

  it('takes what is listed after its end for a new arrival, once', () => {
    const recorder = new AdmissionRecorder();
    look(recorder, 0, { listed: ['1'], running: { '1': 0 } });
    const ended = [['1', 1, 4, 0]] as const;
    assert.deepEqual(look(recorder, 5, { listed: ['1'], ended }), ['end 1 4', 'arrive 1 5']);
    assert.deepEqual(look(recorder, 10, { listed: ['1'], ended }), []);
    assert.deepEqual(look(recorder, 15, { listed: ['1'], running: { '1': 11 } }), ['start 1 11']);
  });

  it('lets a task leave only when it is missed twice: it may have been built between two questions', () => {
    const recorder = new AdmissionRecorder();
    look(recorder, 0, { listed: ['1', '2'] });
    assert.deepEqual(look(recorder, 5, {}), []);
    assert.deepEqual(look(recorder, 10, { ended: [['1', 1, 5, 4]] }), ['start 1 4', 'end 1 5', 'leave 2 5']);
    assert.deepEqual(look(recorder, 15, {}), []);
  });

  it('ends a run whose workflow is gone, and begins the next', () => {
    const recorder = new AdmissionRecorder();
    look(recorder, 0, { listed: ['1'], running: { '1': 0 } });
    assert.deepEqual(look(recorder, 5, { listed: ['1'] }), ['end 1 5', 'arrive 1 5']);
    assert.deepEqual(look(recorder, 10, { listed: ['1'], running: { '1': 6 } }), ['start 1 6']);
    assert.deepEqual(look(recorder, 15, { listed: ['1'], running: { '1': 12 } }), [
      'end 1 12',
      'arrive 1 12',
      'start 1 12',
    ]);
  });

  it('tells of limits that changed, and everything again when it starts again', () => {
    const recorder = new AdmissionRecorder();
    look(recorder, 0, { listed: ['1', '2'], running: { '1': -9 } });
    assert.deepEqual(look(recorder, 5, { listed: ['1', '2'], running: { '1': -9 }, workers: 3 }), ['limits 5']);
    recorder.forget();
    const again = ['begin 9', 'arrive 1 -9', 'start 1 -9', 'arrive 2 9'];
    assert.deepEqual(look(recorder, 9, { listed: ['1', '2'], running: { '1': -9 } }), again);
  });
});
