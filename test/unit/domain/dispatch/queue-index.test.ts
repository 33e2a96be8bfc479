import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TaskFacts } from '../../../../src/contracts/dispatch/dispatch.js';
import { QueueIndex, type QueueSnapshot } from '../../../../src/domain/dispatch/queue-index.js';
import { chooseTasks, orderBuilds } from '../../../../src/domain/dispatch/dispatch-policy.js';
import { RecentEnds } from '../../../../src/domain/dispatch/recent-ends.js';
import { givenLimits, givenTask, pendingTasks } from '../../../support/given-tasks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

function sight(changed: Partial<QueueSnapshot> & { readonly ordered: readonly TaskFacts[] }): QueueSnapshot {
  return { running: [], tombstones: [], limits: givenLimits(2), ends: new RecentEnds(), now: NOW, ...changed };
}

/** Ends of `task`, one every `seconds`, as a poller sees them. */
function endsOf(task: TaskFacts, count: number, seconds: number): RecentEnds {
  const ends = new RecentEnds();
  ends.observe({ now: NOW, tombstones: [], lastEnd: 0, factsOf: () => task });
  for (let end = 1; end <= count; end += 1) {
    const now = NOW + end * seconds * 1000;
    const at = new Date(now).toISOString();
    ends.observe({ now, tombstones: [{ taskId: 'x', end, at, times: 1 }], lastEnd: end, factsOf: () => task });
  }
  return ends;
}

describe('QueueIndex', () => {
  const running = [givenTask({ taskId: '1' }), givenTask({ taskId: '2', owner: 'ann' })];
  const waiting = [
    givenTask({ taskId: '3', owner: 'ann' }),
    givenTask({ taskId: '4' }),
    givenTask({ taskId: '5', owner: 'ann' }),
  ];

  it('says which limits hold a task, with how much of each is used, and its places', () => {
    const limits = givenLimits(2, { owner: 1, arch: { x86_64: 9 } });
    const index = new QueueIndex(sight({ ordered: [...running, ...waiting], running, limits }));
    const found = index.explain('5');
    assert.deepEqual([found?.position, found?.ownerPosition, index.waitingOf('ann')], [3, 2, 2]);
    assert.deepEqual(found?.heldBy, [
      { limit: 'workers', used: 2, of: 2 },
      { limit: 'owner ann', used: 1, of: 1 },
    ]);
    assert.equal(found.estimate, null, 'nothing has ended yet');
    assert.equal(index.explain('1'), null, 'it runs');
    assert.deepEqual(index.held(), [
      { by: { kind: 'workers' }, count: 3 },
      { by: { kind: 'owner', owner: 'ann' }, count: 2 },
      { by: { kind: 'owner', owner: 'jdoe' }, count: 1 },
    ]);
  });

  it('puts tasks of blocked owners behind everybody, for they never start', () => {
    const limits = givenLimits(2, { blockedOwners: ['ann'] });
    const index = new QueueIndex(sight({ ordered: waiting, limits }));
    assert.deepEqual(
      index.waiting.map(({ taskId }) => taskId),
      ['4', '3', '5'],
    );
    const { position, estimate, heldBy } = index.explain('3') ?? {};
    assert.deepEqual([position, estimate, heldBy], [null, null, [{ limit: 'blocked owner ann', used: 0, of: 0 }]]);
  });

  it('names the time before which a task that ended again and again is not tried', () => {
    const tombstones = [{ taskId: '4', end: 1, at: new Date(NOW).toISOString(), times: 4 }];
    const found = new QueueIndex(sight({ ordered: waiting, tombstones })).explain('4');
    assert.equal(found?.notBefore, '2026-01-02T03:04:45.000Z');
    assert.equal(found.estimate?.p50Seconds, 40);
  });

  it('estimates by the slowest limit on the way', () => {
    const ends = endsOf(givenTask({ taskId: 'x', owner: 'ann' }), 20, 30);
    const limits = givenLimits(2, { owner: 1 });
    const index = new QueueIndex(sight({ ordered: [...running, ...waiting], running, limits, ends }));
    const [third, fifth] = [index.explain('3')?.estimate, index.explain('5')?.estimate];
    assert.ok(third != null && fifth != null);
    assert.ok(third.p50Seconds >= 15 && third.p50Seconds <= 30, JSON.stringify(third));
    assert.ok(fifth.p50Seconds > third.p50Seconds && fifth.p90Seconds > fifth.p50Seconds, JSON.stringify(fifth));
    assert.equal(index.explain('4')?.estimate, null, 'nobody has seen a task of jdoe end');
  });

  it('holds exactly those whom the policy does not start', () => {
    fc.assert(
      fc.property(pendingTasks, fc.integer({ min: 1, max: 8 }), (tasks, maxWorkers) => {
        const ordered = orderBuilds(tasks);
        const limits = givenLimits(maxWorkers, { owner: 2, arch: { aarch64: 1 } });
        const { now } = chooseTasks({ candidates: ordered, running: [], limits });
        const index = new QueueIndex(sight({ ordered, running: now, limits }));
        for (const { taskId } of index.waiting) assert.notDeepEqual(index.explain(taskId)?.heldBy, []);
        assert.equal(index.waiting.length + now.length, tasks.length);
      }),
    );
  });
});

describe('RecentEnds', () => {
  const task = givenTask({ taskId: 'x' });

  it('lets no time pass while another poller looked, and counts no end twice', () => {
    const ends = endsOf(task, 3, 10);
    const later = NOW + 3_600_000;
    const tombstones = [{ taskId: 'x', end: 9, at: new Date(later).toISOString(), times: 1 }];
    ends.observe({ now: later, tombstones, lastEnd: 9, factsOf: () => task });
    ends.observe({ now: later + 5000, tombstones, lastEnd: 9, factsOf: () => task });
    assert.deepEqual([ends.ends.length, ends.clock], [3, 35_000]);
  });
});
