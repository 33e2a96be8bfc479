import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TaskFacts } from '../../../../src/contracts/dispatch/dispatch.js';
import {
  chooseTasks,
  orderActions,
  orderBuilds,
  RESERVE_SIZE,
  restartAllowedAt,
} from '../../../../src/domain/dispatch/dispatch-policy.js';
import { requestedArch } from '../../../../src/domain/dispatch/dispatch-limits.js';
import { givenLimits, givenTask, pendingTasks } from '../../../support/given-tasks.js';

function ids(tasks: readonly TaskFacts[]): readonly string[] {
  return tasks.map((task) => task.taskId);
}

function classOf(task: TaskFacts): number {
  return (task.background ? 2 : 0) + (task.source ? 0 : 1);
}

describe('orderBuilds', () => {
  it('puts sources before RPMs and the foreground before the background', () => {
    const tasks = [
      givenTask({ taskId: 'background-rpm', background: true }),
      givenTask({ taskId: 'background-source', background: true, source: true, chroot: null }),
      givenTask({ taskId: 'rpm' }),
      givenTask({ taskId: 'source', source: true, chroot: null }),
    ];
    assert.deepEqual(ids(orderBuilds(tasks)), ['source', 'rpm', 'background-source', 'background-rpm']);
  });

  it('lets a newcomer not wait behind all that one owner submitted before', () => {
    const mass = [1, 2, 3, 4].map((n) => givenTask({ taskId: `mass-${n}`, owner: 'ann' }));
    const newcomer = [5, 6].map((n) => givenTask({ taskId: `new-${n}`, owner: 'bob' }));
    const expected = ['mass-1', 'new-5', 'mass-2', 'new-6', 'mass-3', 'mass-4'];
    assert.deepEqual(ids(orderBuilds([...mass, ...newcomer])), expected);
  });

  it('interleaves the architectures and the sandboxes of one owner', () => {
    const tasks = [
      givenTask({ taskId: '1-x' }),
      givenTask({ taskId: '2-x' }),
      givenTask({ taskId: '1-a', chroot: 'fedora-42-aarch64' }),
      givenTask({ taskId: '2-a', chroot: 'fedora-42-aarch64' }),
      givenTask({ taskId: '1-s', sandbox: 'jdoe/x--jdoe' }),
      givenTask({ taskId: '2-s', sandbox: 'jdoe/x--jdoe' }),
    ];
    assert.deepEqual(ids(orderBuilds(tasks)), ['1-x', '1-a', '1-s', '2-x', '2-a', '2-s']);
  });

  it('counts i386 with x86_64, for they need the same machines', () => {
    const tasks = [
      givenTask({ taskId: '1', chroot: 'epel-8-i386' }),
      givenTask({ taskId: '2', chroot: 'epel-8-x86_64' }),
      givenTask({ taskId: '3', chroot: 'epel-8-s390x' }),
    ];
    assert.deepEqual(ids(orderBuilds(tasks)), ['1', '3', '2']);
  });

  it("adds the frontend's own number to the rank", () => {
    const tasks = [givenTask({ taskId: 'late', priority: 10 }), givenTask({ taskId: 'soon', owner: 'bob' })];
    assert.deepEqual(ids(orderBuilds(tasks)), ['soon', 'late']);
  });

  it('keeps every task, the order of classes and the order inside a group', () => {
    fc.assert(
      fc.property(pendingTasks, (tasks) => {
        const plain = tasks.map((task) => ({ ...task, priority: 0 }));
        const ordered = orderBuilds(plain);
        assert.deepEqual(ids(ordered).toSorted(), ids(plain).toSorted());
        const classes = ordered.map(classOf);
        assert.deepEqual(
          classes,
          classes.toSorted((a, b) => a - b),
        );
        const group = (task: TaskFacts): string =>
          JSON.stringify([task.background, task.owner, requestedArch(task), task.sandbox, task.source]);
        for (const name of new Set(plain.map(group))) {
          const of = (list: readonly TaskFacts[]): readonly string[] =>
            ids(list.filter((task) => group(task) === name));
          assert.deepEqual(of(ordered), of(plain));
        }
      }),
    );
  });

  it("keeps the frontend's order among equals", () => {
    const tasks = ['ann', 'bob', 'cid', 'dan'].map((owner) => givenTask({ taskId: owner, owner }));
    assert.deepEqual(ids(orderBuilds(tasks)), ids(tasks));
    assert.deepEqual(ids(orderBuilds(tasks.toReversed())), ids(tasks.toReversed()));
  });

  it('starves nobody inside a class: before the n-th of a group stand at most n of any other', () => {
    fc.assert(
      fc.property(pendingTasks, (tasks) => {
        const rpms = tasks
          .filter((task) => !task.source)
          .map((task) => ({ ...task, priority: 0, background: false, sandbox: null }));
        const seen = new Map<string, number>();
        for (const task of orderBuilds(rpms)) {
          const name = `${task.owner} ${requestedArch(task) ?? ''}`;
          const n = (seen.get(name) ?? 0) + 1;
          seen.set(name, n);
          assert.ok(Math.max(...seen.values()) <= n, `${task.taskId} is overtaken`);
        }
      }),
    );
  });
});

describe('orderActions', () => {
  it("goes by the frontend's number; equal ones stay as listed", () => {
    const tasks = [
      givenTask({ taskId: '9', priority: 99 }),
      givenTask({ taskId: '8' }),
      givenTask({ taskId: '7', priority: -99 }),
      givenTask({ taskId: '6' }),
    ];
    assert.deepEqual(ids(orderActions(tasks)), ['7', '8', '6', '9']);
  });
});

describe('chooseTasks', () => {
  const worlds = fc.record({
    tasks: pendingTasks,
    runningOf: fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }),
    elsewhere: fc.nat({ max: 5 }),
    maxWorkers: fc.nat({ max: 140 }),
  });

  it('never exceeds the limit, leaves no slot empty, and offers nothing twice', () => {
    fc.assert(
      fc.property(worlds, ({ tasks, runningOf, elsewhere, maxWorkers }) => {
        const running = [
          ...tasks.filter((_, index) => runningOf[index]),
          ...Array.from({ length: elsewhere }, (_, index) => givenTask({ taskId: `gone-${index}` })),
        ];
        const { now, reserve } = chooseTasks({ candidates: tasks, running, limits: givenLimits(maxWorkers) });
        const waiting = tasks.filter((task) => !running.includes(task));
        const free = Math.max(0, maxWorkers - running.length);
        assert.equal(now.length, Math.min(free, waiting.length));
        assert.equal(reserve.length, Math.min(RESERVE_SIZE, waiting.length - now.length));
        assert.deepEqual([...now, ...reserve], waiting.slice(0, now.length + reserve.length));
      }),
    );
  });

  it('keeps every limit of every kind, and holds nothing back that none of them holds', () => {
    const limit = fc.integer({ min: 1, max: 6 });
    const limits = fc.record({
      maxWorkers: fc.nat({ max: 30 }),
      arch: fc.dictionary(fc.constantFrom('x86_64', 'aarch64'), limit),
      tag: fc.constant({}),
      archPerOwner: fc.dictionary(fc.constantFrom('x86_64', 'aarch64'), limit),
      sandbox: fc.option(limit),
      owner: fc.option(limit),
      userSsh: fc.constant(null),
      blockedOwners: fc.subarray(['bob']),
    });
    fc.assert(
      fc.property(pendingTasks, limits, (tasks, of) => {
        const { now } = chooseTasks({ candidates: tasks, running: [], limits: of });
        const wouldBreak = (all: readonly TaskFacts[], task: TaskFacts): boolean => {
          const arch = requestedArch(task) ?? '';
          const count = (same: (other: TaskFacts) => boolean): number => all.filter(same).length;
          const sameArch = (other: TaskFacts): boolean => requestedArch(other) === arch;
          const sameOwner = (other: TaskFacts): boolean => other.owner === task.owner;
          return (
            all.length > of.maxWorkers ||
            of.blockedOwners.includes(task.owner) ||
            count(sameOwner) > (of.owner ?? Infinity) ||
            count(sameArch) > (of.arch[arch] ?? Infinity) ||
            count((other) => sameArch(other) && sameOwner(other)) > (of.archPerOwner[arch] ?? Infinity) ||
            (task.sandbox !== null && count((other) => other.sandbox === task.sandbox) > (of.sandbox ?? Infinity))
          );
        };
        for (const task of now) assert.ok(!wouldBreak(now, task), `${task.taskId} breaks a limit`);
        for (const task of tasks.filter((waiting) => !now.includes(waiting)))
          assert.ok(wouldBreak([...now, task], task), `${task.taskId} waits though a slot is free`);
      }),
    );
  });

  it('starts nothing while more runs than a lowered limit allows', () => {
    const running = [givenTask({ taskId: '1' }), givenTask({ taskId: '2' })];
    const chosen = chooseTasks({ candidates: [givenTask({ taskId: '3' })], running, limits: givenLimits(1) });
    assert.deepEqual([ids(chosen.now), ids(chosen.reserve)], [[], ['3']]);
  });
});

describe('restartAllowedAt', () => {
  const at = '2026-01-02T03:04:05.000Z';
  const seconds = (times: number): number => (restartAllowedAt({ at, times }, Date.parse(at)) - Date.parse(at)) / 1000;

  it('lets a task that ended once start again at once, and makes one that always ends wait ever longer', () => {
    assert.deepEqual([1, 2, 3, 4, 8, 9].map(seconds), [0, 10, 20, 40, 600, 600]);
  });

  it('never waits longer than ten minutes, however often the task ended', () => {
    assert.equal(seconds(5000), 600);
  });

  it('waits no longer for an end that a clock far ahead has noted, and no shorter for one slightly ahead', () => {
    const wait = (ahead: number, times: number): number => {
      const now = Date.parse(at) - ahead * 1000;
      return (restartAllowedAt({ at, times }, now) - now) / 1000;
    };
    assert.deepEqual([wait(3600, 1), wait(3600, 2), wait(3600, 4), wait(1, 4)], [0, 0, 0, 41]);
  });
});
