import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Limits } from '../../../src/contracts/dispatch/dispatch.js';
import { LimitCounts } from '../../../src/domain/dispatch/dispatch-limits.js';
import { simulate, type Simulated } from '../../../src/simulation/simulate.js';
import { estimateDurations } from '../../../src/simulation/run-times.js';
import { givenLimits } from '../../support/given-tasks.js';
import { FROM, givenBuild, givenTrace, traces } from '../../support/given-trace.js';

const limitSets: fc.Arbitrary<Limits> = fc.record({
  maxWorkers: fc.integer({ min: 1, max: 8 }),
  arch: fc.constantFrom({}, { x86_64: 2 }),
  tag: fc.constant({}),
  archPerOwner: fc.constantFrom({}, { aarch64: 1 }),
  sandbox: fc.constant(null),
  owner: fc.constantFrom(null, 1, 3),
  userSsh: fc.constant(null),
  blockedOwners: fc.constant([]),
});

/** Seconds after the beginning at which each task started. */
function starts(lives: readonly Simulated[]): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    lives.map(({ task, startedAt }) => [task.facts.taskId, startedAt === null ? null : (startedAt - FROM) / 1000]),
  );
}

describe('simulate', () => {
  it('starts every build once, after it arrived, and ends it after its own time', () => {
    fc.assert(
      fc.property(traces, limitSets, (tasks, limits) => {
        const trace = givenTrace(tasks, limits);
        const durations = estimateDurations(trace);
        const lives = simulate(trace, trace.settings);
        assert.equal(lives.length, tasks.length);
        for (const { task, arrivedAt, startedAt, endedAt } of lives) {
          assert.ok(startedAt !== null && endedAt !== null, `${task.facts.taskId} never ran`);
          assert.ok(startedAt >= arrivedAt || task.started === FROM, task.facts.taskId);
          assert.equal(endedAt - startedAt, durations.get(task.facts.taskId));
        }
      }),
    );
  });

  it('exceeds no limit at any time', () => {
    fc.assert(
      fc.property(traces, limitSets, (tasks, limits) => {
        const fresh = tasks.filter(({ started }) => started !== FROM);
        fc.pre(fresh.length > 0);
        const lives = simulate(givenTrace(fresh, limits), { limits, pause: 5 });
        for (const { task, startedAt } of lives) {
          assert.ok(startedAt !== null);
          const others = lives.filter(
            (other) =>
              other.task !== task &&
              (other.startedAt ?? 0) <= startedAt &&
              (other.endedAt ?? 0) > startedAt &&
              ((other.startedAt ?? 0) < startedAt || other.task.facts.taskId < task.facts.taskId),
          );
          const held = new LimitCounts(
            limits,
            others.map((other) => other.task.facts),
          ).holds(task.facts);
          assert.deepEqual(held, [], task.facts.taskId);
        }
      }),
    );
  });

  it('refills a freed slot at once, and takes what comes to a free one at the next poll', () => {
    const tasks = [
      givenBuild('1', { arrived: 1, took: 60 }),
      givenBuild('2', { arrived: 2, took: 100 }),
      givenBuild('3', { arrived: 3, took: 10 }),
    ];
    assert.deepEqual(starts(simulate(givenTrace(tasks), { limits: givenLimits(2), pause: 5 })), {
      '1': 5,
      '2': 5,
      '3': 65,
    });
  });

  it('follows limits that changed while it was recorded', () => {
    const tasks = ['1', '2', '3'].map((id) => givenBuild(id, { arrived: 1, took: 600 }));
    const settings = [
      { at: FROM, limits: givenLimits(1), pause: 5 },
      { at: FROM + 60_000, limits: givenLimits(3), pause: 5 },
    ];
    assert.deepEqual(starts(simulate(givenTrace(tasks), settings)), { '1': 5, '2': 60, '3': 60 });
  });

  it('lets RPM builds come as long after their source build as they did', () => {
    const tasks = [
      givenBuild('1', { arrived: 1, wait: 4, took: 1000 }, 'ann'),
      givenBuild('7', { arrived: 1, wait: 1, took: 60 }, 'bob'),
      givenBuild('7-fedora-42-x86_64', { arrived: 72, wait: 0, took: 60 }, 'bob'),
    ];
    const lives = simulate(givenTrace(tasks), { limits: givenLimits(1), pause: 5 });
    const rpm = lives.find(({ task }) => task.facts.taskId === '7-fedora-42-x86_64');
    assert.equal(((rpm?.arrivedAt ?? 0) - FROM) / 1000, 5 + 1000 + 60 + 10);
  });

  it('never starts the builds of a blocked owner, nor what would have come after them', () => {
    const tasks = [
      givenBuild('7', { arrived: 1, took: 60 }, 'spam'),
      givenBuild('7-fedora-42-x86_64', { arrived: 70, took: 60 }, 'spam'),
      givenBuild('8', { arrived: 2, took: 60 }, 'ann'),
    ];
    const limits = givenLimits(1, { blockedOwners: ['spam'] });
    assert.deepEqual(starts(simulate(givenTrace(tasks), { limits, pause: 5 })), {
      '7': null,
      '7-fedora-42-x86_64': null,
      '8': 5,
    });
  });

  it('begins with what ran then, whatever the limits say, and lets leave what left', () => {
    const tasks = [
      givenBuild('1', { arrived: -60, wait: 0, took: 100 }),
      givenBuild('2', { arrived: 1, wait: null, left: 20 }),
      givenBuild('3', { arrived: 2, wait: 40, took: 5 }),
    ];
    const lives = starts(simulate(givenTrace(tasks), { limits: givenLimits(1), pause: 5 }));
    assert.deepEqual(lives, { '1': -60, '2': null, '3': 40 });
  });

  it('says the same each time', () => {
    fc.assert(
      fc.property(traces, limitSets, (tasks, limits) => {
        const trace = givenTrace(tasks, limits);
        assert.deepEqual(simulate(trace, trace.settings), simulate(trace, trace.settings));
      }),
      { numRuns: 20 },
    );
  });
});
