import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DispatchView, PollResult, TaskFacts } from '../../../../src/contracts/dispatch/dispatch.js';
import { DEFAULT_DURATIONS } from '../../../../src/contracts/durations.js';
import { DispatchLedger } from '../../../../src/domain/dispatch/dispatch-ledger.js';
import { packState, unpackState } from '../../../../src/domain/dispatch/packed-tasks.js';
import { givenLimits, givenTask } from '../../../support/given-tasks.js';

/** Facts that only the dispatcher itself knows. */
const NOTHING_ELSE = { lastPoll: null, lastFailure: null };
const AT = '2026-01-02T03:04:05.000Z';

function givenPoll(candidates: readonly string[], changed: Partial<PollResult> = {}): PollResult {
  return {
    began: AT,
    knownEnd: 0,
    listed: candidates.length,
    candidates: candidates.map((taskId) => givenTask({ taskId })),
    isCut: false,
    forgotten: [],
    lost: [],
    found: [],
    limits: givenLimits(2),
    limitsFrom: { poller: 'poller@host/1', digest: 'd1', at: AT },
    durations: DEFAULT_DURATIONS,
    pause: 5,
    storage: 'main',
    ...changed,
  };
}

function ids(tasks: readonly TaskFacts[]): readonly string[] {
  return tasks.map((task) => task.taskId);
}

describe('DispatchLedger', () => {
  it('starts what fits and refills a freed slot from the reserve, without another poll', () => {
    const ledger = new DispatchLedger(null, 'life');
    assert.deepEqual(ids(ledger.recordPoll(givenPoll(['1', '2', '3', '4']))), ['1', '2']);
    assert.equal(ledger.wantsPoll, false);
    ledger.recordEnd({ taskId: '1', at: AT });
    assert.deepEqual(ids(ledger.refill()), ['3']);
    ledger.recordEnd({ taskId: '2', at: AT });
    assert.deepEqual(ids(ledger.refill()), ['4']);
    ledger.recordEnd({ taskId: '3', at: AT });
    assert.deepEqual(ledger.refill(), []);
    assert.equal(ledger.wantsPoll, true);
  });

  it('starts nothing from a poll that had asked before the task ended', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1']));
    const { lastEnd } = ledger.view();
    ledger.recordEnd({ taskId: '1', at: AT });
    assert.deepEqual(ledger.recordPoll(givenPoll(['1'], { knownEnd: lastEnd })), []);
    assert.deepEqual(ledger.refill(), []);
  });

  it('starts an ended task again from a poll that knew its end: it was rescheduled, or its report was lost', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1']));
    ledger.recordEnd({ taskId: '1', at: AT });
    assert.deepEqual(ids(ledger.recordPoll(givenPoll(['1'], { knownEnd: ledger.view().lastEnd }))), ['1']);
  });

  it('remembers how often a task ended, so that one that cannot be started is tried ever more rarely', () => {
    const ledger = new DispatchLedger(null, 'life');
    for (const times of [1, 2, 3]) {
      ledger.recordPoll(givenPoll(['1'], { knownEnd: ledger.view().lastEnd }));
      ledger.recordEnd({ taskId: '1', at: AT });
      assert.deepEqual(
        ledger.view().tombstones.map((tombstone) => tombstone.times),
        [times],
      );
    }
  });

  it('forgets an end once the frontend has dropped the task, and not for a poll that is older than the end', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1']));
    ledger.recordEnd({ taskId: '1', at: AT });
    ledger.recordPoll(givenPoll([], { forgotten: ['1'], knownEnd: 0 }));
    assert.equal(ledger.view().tombstones.length, 1);
    ledger.recordPoll(givenPoll([], { forgotten: ['1'], knownEnd: 1 }));
    assert.deepEqual(ledger.view().tombstones, []);
  });

  it('tells the next run of a source build that its report was acknowledged, also when that has to wait', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1']));
    ledger.recordEnd({ taskId: '1', at: AT, as: 'source built' });
    ledger.recordPoll(givenPoll(['1'], { knownEnd: 1 }));
    assert.deepEqual(
      ledger.toStart.map(({ reportedAt }) => reportedAt),
      [AT],
    );
    ledger.recordAsked(ledger.toStart);
    ledger.recordStart({ started: [], busy: ['1'], refused: [] }, AT); // the run that has ended is not closed yet
    ledger.recordPoll(givenPoll(['1'], { knownEnd: 2 }));
    const handedOn = new DispatchLedger(unpackState(packState(ledger.state())), 'next');
    assert.deepEqual(
      handedOn.toStart.map(({ reportedAt }) => reportedAt),
      [AT],
    );
  });

  it('counts the end of a task without a record for nothing, and leaves its chroot to the next poll', () => {
    const ledger = new DispatchLedger(null, 'life');
    const other = givenTask({ taskId: '4', chroot: 'custom-1-x86_64' });
    const [one, two, three] = ['1', '2', '3'].map((taskId) => givenTask({ taskId }));
    assert.ok(one && two && three);
    ledger.recordPoll(givenPoll([], { candidates: [one, two, three, other] }));
    ledger.recordEnd({ taskId: '1', at: AT });
    ledger.recordPoll(givenPoll([], { candidates: [one, three, other], knownEnd: 1 }));
    ledger.recordEnd({ taskId: '1', at: AT, as: 'inactive' });
    assert.deepEqual(ids(ledger.refill()), ['4']);
    const [tombstone] = ledger.view().tombstones;
    assert.deepEqual([tombstone?.taskId, tombstone?.as, tombstone?.times], ['1', 'inactive', 0]);
    const { tombstones } = unpackState(packState(ledger.state()));
    assert.deepEqual(tombstones, ledger.view().tombstones);
  });

  it('does not start what was canceled while it waited', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2', '3']));
    assert.equal(ledger.recordCancel('3'), 'not running');
    assert.deepEqual(ledger.view().reserve, []);
    ledger.recordEnd({ taskId: '1', at: AT });
    assert.deepEqual(ledger.refill(), []);
  });

  it('gives the slot back of what was canceled before its workflow was asked for, and cancels the others', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2', '3'], { limits: givenLimits(3) }));
    const [one, two] = ledger.toStart;
    assert.ok(one && two);
    ledger.recordAsked([one, two]);
    ledger.recordStart({ started: ['1'], busy: [], refused: [] }, AT);
    assert.deepEqual(
      ['1', '2', '3'].map((taskId) => ledger.recordCancel(taskId)),
      ['running', 'starting', 'not running'],
    );
    assert.deepEqual(ids(ledger.view().running), ['1', '2']);
  });

  it('admits nothing while a cancel of it is in work', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll([]));
    ledger.recordCancel('1');
    assert.deepEqual(ids(ledger.recordPoll(givenPoll(['1', '2']))), ['2']);
    ledger.recordCancelDone('1');
    assert.deepEqual(ids(ledger.recordPoll(givenPoll(['1']))), ['1']);
  });

  it('admits nothing before it has learned what runs, and counts that', () => {
    const ledger = new DispatchLedger(null, 'life');
    assert.equal(ledger.view().knowsWhatRuns, false);
    const found = ['7', '8'].map((taskId) => givenTask({ taskId }));
    assert.deepEqual(ledger.recordPoll(givenPoll(['1'], { found })), []);
    assert.deepEqual(ids(ledger.view().running), ['7', '8']);
    assert.deepEqual(ledger.toStart, [], 'they run');
    ledger.recordEnd({ taskId: '7', at: AT });
    assert.deepEqual(ids(ledger.refill()), ['1']);
  });

  it('finds no task running that ended while it was looked for', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordEnd({ taskId: '7', at: AT });
    ledger.recordPoll(givenPoll([], { found: [givenTask({ taskId: '7' })], knownEnd: 0 }));
    assert.deepEqual(ledger.view().running, []);
  });

  it('asks again for what an answer does not name, and says so', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2']));
    ledger.recordAsked(ledger.toStart);
    ledger.recordStart({ started: ['2'], busy: [], refused: [] }, AT);
    assert.deepEqual(
      ledger.toStart.map(({ task, admission, again }) => [task.taskId, admission, again]),
      [['1', 'life/1', true]],
    );
  });

  it('tries what is busy or refused again later, ever more seldom, and gives its slot to others', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2', '3']));
    ledger.recordAsked(ledger.toStart);
    const failure = { code: 'BackendDefect', message: 'no' } as const;
    ledger.recordStart({ started: [], busy: ['1'], refused: [{ taskId: '2', failure }] }, AT);
    assert.deepEqual(
      ledger.view().tombstones.map(({ taskId, times }) => [taskId, times]),
      [
        ['1', 1],
        ['2', 1],
      ],
    );
    assert.deepEqual(ids(ledger.refill()), ['3']);
  });

  it('asks for no more than a slice at a time', () => {
    const ledger = new DispatchLedger(null, 'life');
    const many = Array.from({ length: 450 }, (_, index) => String(index));
    ledger.recordPoll(givenPoll(many, { limits: givenLimits(1000) }));
    const sizes: number[] = [];
    for (let next = ledger.toStart; next.length > 0; next = ledger.toStart) {
      sizes.push(next.length);
      ledger.recordAsked(next);
      ledger.recordStart({ started: next.map(({ task }) => task.taskId), busy: [], refused: [] }, AT);
    }
    assert.deepEqual(sizes, [200, 200, 50]);
  });

  it('takes the limits of the configuration that an operator adopts', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll([]));
    const source = { poller: 'config adopt by ann', digest: 'd2', at: AT };
    ledger.adoptLimits(source);
    assert.deepEqual(ledger.view().limitsFrom, source);
  });

  it('frees the slot of a task whose workflow is gone', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2']));
    assert.deepEqual(ids(ledger.recordPoll(givenPoll(['3'], { lost: ['1'] }))), ['3']);
  });

  it('remembers the end of a task that it never heard of', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordEnd({ taskId: '9', at: AT });
    assert.deepEqual(ledger.recordPoll(givenPoll(['9'], { knownEnd: 0 })), []);
  });

  it('tells people what it counted', () => {
    const ledger = new DispatchLedger(null, 'life');
    ledger.recordPoll(givenPoll(['1', '2', '3'], { listed: 30 }));
    ledger.recordEnd({ taskId: '1', at: AT });
    const { running, reserve, listed, started, ended, tombstones } = ledger.status(NOTHING_ELSE);
    assert.deepEqual(
      { running, reserve, listed, started, ended, tombstones },
      { running: 1, reserve: ['3'], listed: 30, started: 2, ended: 1, tombstones: 1 },
    );
  });
});

/**
 * One step of a random history. A poll sees the world when it asks (`ask`) and is recorded later or never (`answer`);
 * in between tasks end, are canceled, are submitted again.
 */
type Step =
  | { readonly do: 'ask' | 'answer' | 'again'; readonly n: number }
  | { readonly do: 'end' | 'cancel' | 'submit' | 'lose'; readonly n: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    do: fc.constantFrom<Step['do']>('ask', 'answer', 'again', 'end', 'end', 'cancel', 'submit', 'submit', 'lose'),
    n: fc.nat({ max: 7 }),
  }),
  { maxLength: 80 },
);

/** The frontend's knowledge, and a check of every start against it. */
class World {
  ledger = new DispatchLedger(null, 'life');
  readonly pending = new Set<string>();
  readonly running = new Set<string>();
  /** Ends so far, by task: the number of the newest one. */
  readonly ends = new Map<string, number>();
  readonly polls: { readonly knownEnd: number; readonly result: PollResult }[] = [];
  starts = 0;

  ask(maxWorkers: number): void {
    const view: DispatchView = this.ledger.view();
    const forgotten = view.tombstones.map(({ taskId }) => taskId).filter((taskId) => !this.pending.has(taskId));
    const candidates = [...this.pending].filter((taskId) => !view.running.some((task) => task.taskId === taskId));
    const result = givenPoll(candidates, { knownEnd: view.lastEnd, forgotten, limits: givenLimits(maxWorkers) });
    this.polls.push({ knownEnd: view.lastEnd, result });
  }

  begin(started: readonly TaskFacts[], maxWorkers: number, knownEnd: number): void {
    for (const { taskId } of started) {
      assert.ok(!this.running.has(taskId), `${taskId} was started while it ran`);
      assert.ok((this.ends.get(taskId) ?? 0) <= knownEnd, `${taskId} was started by a poll that did not know its end`);
      this.running.add(taskId);
      this.starts += 1;
    }
    // Every other start is acknowledged at once; a cancel finds both kinds.
    const next = this.ledger.toStart.filter((_, index) => index % 2 === 0);
    this.ledger.recordAsked(next);
    this.ledger.recordStart({ started: next.map(({ task }) => task.taskId), busy: [], refused: [] }, AT);
    if (started.length > 0) assert.ok(this.running.size <= maxWorkers, 'more than the limit allows');
  }
}

describe('DispatchLedger over any history of polls, ends and cancels', () => {
  it('never runs a task twice at once, exceeds no limit, and restarts only what a poll knew the end of', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (history, maxWorkers) => {
        const world = new World();
        let reserveKnows = 0;
        for (const step of history) {
          const taskId = String(step.n);
          switch (step.do) {
            case 'submit':
              world.pending.add(taskId);
              break;
            case 'ask':
              world.ask(maxWorkers);
              break;
            case 'answer': {
              const poll = world.polls.shift();
              if (poll === undefined) break;
              reserveKnows = poll.knownEnd;
              world.begin(world.ledger.recordPoll(poll.result), maxWorkers, reserveKnows);
              break;
            }
            case 'end':
              if (!world.running.delete(taskId)) break;
              world.pending.delete(taskId);
              world.ledger.recordEnd({ taskId, at: AT });
              world.ends.set(taskId, world.ledger.view().lastEnd);
              world.begin(world.ledger.refill(), maxWorkers, reserveKnows);
              break;
            case 'cancel':
              {
                const isAsked = world.ledger.view().running.some((run) => run.taskId === taskId && run.isAsked);
                assert.equal(world.ledger.recordCancel(taskId), isAsked ? 'running' : 'not running');
                assert.ok(!world.ledger.view().reserve.includes(taskId));
                if (!isAsked) world.running.delete(taskId);
                world.ledger.recordCancelDone(taskId);
              }
              break;
            case 'lose': {
              const poll = world.polls.shift();
              if (poll === undefined) break;
              const lost = [taskId].filter((lostId) => world.running.delete(lostId));
              reserveKnows = poll.knownEnd;
              world.begin(world.ledger.recordPoll({ ...poll.result, lost }), maxWorkers, reserveKnows);
              break;
            }
            case 'again':
              world.ledger = new DispatchLedger(
                unpackState(structuredClone(packState(world.ledger.state()))),
                'another life',
              );
          }
          assert.deepEqual(new Set(ids(world.ledger.view().running)), world.running);
          assert.equal(world.ledger.status(NOTHING_ELSE).started, world.starts);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps all it knows through continue-as-new', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 })), fc.array(fc.nat({ max: 9 })), (listed, ended) => {
        const ledger = new DispatchLedger(null, 'life');
        ledger.recordPoll(givenPoll([...new Set(listed.map(String))]));
        for (const n of ended) ledger.recordEnd({ taskId: String(n), at: AT });
        const state = unpackState(structuredClone(packState(ledger.state())));
        const heir = new DispatchLedger(state, 'another life');
        assert.deepEqual(heir.state(), state);
        assert.deepEqual(heir.view(), ledger.view());
        assert.deepEqual(heir.status(NOTHING_ELSE), ledger.status(NOTHING_ELSE));
        assert.deepEqual(heir.refill(), ledger.refill());
      }),
    );
  });
});
