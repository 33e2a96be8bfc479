import assert from 'node:assert/strict';
import type { TaskFacts, Tombstone } from '../../../../src/contracts/dispatch/dispatch.js';
import { MissingRecords, type RecordAnswer } from '../../../../src/domain/dispatch/missing-records.js';
import { givenTask } from '../../../support/given-tasks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const OLD = 'old-1-x86_64';

function task(id: number, facts: Partial<TaskFacts> = {}): TaskFacts {
  const chroot = facts.chroot === undefined ? OLD : facts.chroot;
  return givenTask({ ...facts, taskId: chroot === null ? String(id) : `${id}-${chroot}`, chroot });
}

function ended(of: TaskFacts, end: number, secondsAgo = 0): Tombstone {
  const at = new Date(NOW - secondsAgo * 1000).toISOString();
  return { taskId: of.taskId, end, at, times: 0, as: 'inactive' };
}

describe('MissingRecords', () => {
  let records: MissingRecords;

  beforeEach(() => {
    records = new MissingRecords();
  });

  function look(listed: readonly TaskFacts[], ...tombstones: readonly Tombstone[]): void {
    records.look(listed, { running: [], tombstones, lastEnd: Math.max(0, ...tombstones.map(({ end }) => end)) }, NOW);
  }

  /** Asks for all that is due `seconds` from now, some at a time. */
  function ask(seconds: number, answer: (taskId: string) => RecordAnswer = () => 'none'): readonly string[] {
    const asked: string[] = [];
    const now = NOW + seconds * 1000;
    for (;;) {
      const due = records.due(10, now);
      if (due.length === 0) return asked;
      for (const one of due) records.heard(one, answer(one.taskId), now);
      asked.push(...due.map(({ taskId }) => taskId));
    }
  }

  it('holds nothing and asks for nothing while every build that ended had a record', () => {
    const one = task(1);
    look([one, task(2)], { taskId: one.taskId, end: 1, at: new Date(NOW).toISOString(), times: 1 });
    assert.deepEqual([ask(0), records.held.size], [[], 0]);
  });

  it('asks for a task again a minute after its build had no record, then every minute, until it has one', () => {
    const one = task(1);
    look([one], ended(one, 1));
    assert.deepEqual(ask(59), []);
    assert.deepEqual(ask(60), [one.taskId]);
    assert.deepEqual(ask(61), []);
    look([one], ended(one, 1));
    assert.deepEqual(ask(119), []);
    assert.deepEqual([...records.held], [one.taskId]);
    assert.deepEqual(
      ask(120, () => 'record'),
      [one.taskId],
    );
    assert.deepEqual([...records.held], []);
    look([one], ended(one, 1));
    assert.deepEqual([ask(300), records.held.size], [[], 0], 'it waits for a slot, and for nothing else');
    look([one], ended(one, 2));
    assert.deepEqual([...records.held], [one.taskId], 'its chroot is inactive once more');
  });

  it('holds the others of the chroot, asking for some of them, and lets them go with the first that has a record', () => {
    const first = task(1);
    const waiting = Array.from({ length: 500 }, (_, index) => task(index + 2));
    const elsewhere = task(9999, { chroot: 'new-2-x86_64' });
    look([first, ...waiting, elsewhere], ended(first, 1));
    assert.equal(ask(1).length, 10);
    assert.equal(records.held.size, 501);
    assert.ok(!records.held.has(elsewhere.taskId));
    assert.deepEqual(ask(30), []);
    const second = ask(61);
    assert.equal(second.length, 10);
    const [active] = ask(122, () => 'record');
    assert.ok(active !== undefined);
    assert.ok(!waiting.some(({ taskId }) => records.held.has(taskId)));
  });

  it('asks for those that ended without a record at once when their chroot turns out to be active', () => {
    const all = Array.from({ length: 40 }, (_, index) => task(index + 1));
    const ends = all.map((one, index) => ended(one, index + 1, 30));
    look(all, ...ends);
    assert.equal(ask(31).length, 10);
    look(all, ...ends);
    const asked = ask(92, () => 'record');
    assert.equal(asked.length, 40);
    assert.equal(records.held.size, 0);
  });

  it('asks for tasks of every owner in turn, so that the dead project of one holds up nobody for long', () => {
    const dead = Array.from({ length: 50 }, (_, index) => task(index + 1));
    const other = task(99, { owner: 'ann' });
    const [first] = dead;
    assert.ok(first);
    look([...dead, other], ended(first, 1));
    const asked = ask(1, (taskId) => (taskId === other.taskId ? 'record' : 'none'));
    assert.ok(asked.includes(other.taskId));
    assert.ok(!records.held.has(other.taskId));
  });

  it('takes a refusal for an answer, and asks again for what could not be said', () => {
    const [one, two] = [task(1), task(2, { chroot: 'new-2-x86_64' })];
    look([one, two], ended(one, 1), ended(two, 2));
    ask(60, (taskId) => (taskId === one.taskId ? 'refused' : 'unknown'));
    assert.deepEqual([...records.held], [two.taskId]);
    assert.deepEqual(ask(120), [two.taskId]);
  });

  it('knows of source builds alone: they have no chroot in common', () => {
    const [one, two] = [task(1, { chroot: null, source: true }), task(2, { chroot: null, source: true })];
    look([one, two], ended(one, 1));
    assert.deepEqual([...records.held], [one.taskId]);
    assert.deepEqual(ask(60), [one.taskId]);
  });

  it('leaves out what runs, and forgets what is not listed any more', () => {
    const [one, two] = [task(1), task(2)];
    records.look([one, two], { running: [{ ...two, isStarted: true }], tombstones: [ended(one, 1)], lastEnd: 1 }, NOW);
    assert.deepEqual([...records.held], [one.taskId]);
    look([two], ended(one, 1));
    assert.equal(records.held.size, 0);
  });

  it('does not trust what it heard from a dispatcher whose successor counts its ends anew', () => {
    const one = task(1);
    look([one], ended(one, 9));
    ask(60, () => 'record');
    assert.equal(records.held.size, 0);
    look([one], ended(one, 1));
    assert.deepEqual([...records.held], [one.taskId]);
  });

  it('asks in spite of an end that was noted by a clock which is ahead', () => {
    const one = task(1);
    look([one], ended(one, 1, -3600));
    assert.deepEqual(ask(59), []);
    look([one], ended(one, 1, -3600));
    assert.deepEqual(ask(60), [one.taskId]);
    assert.deepEqual(ask(61), []);
  });
});
