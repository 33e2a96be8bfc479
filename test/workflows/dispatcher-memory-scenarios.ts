import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Limits, PollResult, StartResult, TaskFacts } from '../../src/contracts/dispatch/dispatch.js';
import type { StartInput } from '../../src/contracts/activities.js';
import { limitsAdoptedSignal } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';
import { isQuiet, type DispatcherScenario, type DispatcherWorld } from '../support/dispatcher-world.js';

/** A dispatcher's memory of tasks of every kind, and its decisions by it. Their workflows run nowhere. */
export const DISPATCHER_MEMORY_SCENARIOS: readonly DispatcherScenario[] = [
  {
    name: 'dispatcher-keeps-to-every-limit',
    start: startNothing,
    async run({ rig, status, poll, task, end, inputs }) {
      const limits: Limits = {
        ...{ maxWorkers: 20, arch: { x86_64: 3, aarch64: 1 }, tag: { powerful: 1 }, archPerOwner: { x86_64: 2 } },
        ...{ sandbox: 1, owner: 5, userSsh: 1, blockedOwners: ['mallory'] },
      };
      const names = new Map<string, string>();
      const named = (name: string, facts: TaskFacts): TaskFacts => {
        names.set(facts.taskId, name);
        return facts;
      };
      let n = 0;
      const source = (name: string, owner: string, special: Partial<TaskFacts> = {}): TaskFacts =>
        named(name, { ...task((n += 1)), owner, ...special });
      const build = (name: string, owner: string, arch: string, special: Partial<TaskFacts> = {}): TaskFacts =>
        named(name, { ...rpm(task((n += 1)), `fedora-42-${arch}`), owner, ...special });
      const first = build('a first', 'ann', 'x86_64', { sandbox: 'ann/hello--ann' });
      const candidates = [
        first,
        build('in the sandbox of another', 'ann', 'x86_64', { sandbox: 'ann/hello--ann' }),
        build('i386, which x86_64 builders build', 'ann', 'i386'),
        build('a third of an owner for x86_64', 'ann', 'x86_64'),
        build('another owner', 'bob', 'x86_64'),
        build('a fourth for x86_64', 'bob', 'x86_64'),
        build('the only one for aarch64', 'bob', 'aarch64', { tags: ['powerful'] }),
        build('another for aarch64', 'cid', 'aarch64'),
        source('another powerful one', 'cid', { tags: ['powerful'] }),
        build('one with a shell', 'cid', 's390x', { userSsh: true }),
        build('another with a shell', 'cid', 's390x', { userSsh: true }),
        source('a source with a shell', 'cid', { userSsh: true }),
        source('another source with a shell', 'cid', { userSsh: true }),
        source('one with a tag that is not limited', 'cid', { tags: ['usual'] }),
        source('one without a tag', 'cid'),
        source('one too many of an owner', 'cid'),
        source('of a blocked owner', 'mallory'),
      ];
      await poll({ candidates, limits, listed: candidates.length });
      await rig.until('those run that may', async () => isQuiet(await status(), 9));
      await end(first);
      await rig.until('the next one runs', async () => isQuiet(await status(), 10));
      const started = inputs('startTasks').map(({ tasks }) => tasks.map((one) => names.get(one.task.taskId)));
      assert.deepEqual(started, [
        [
          ...['a first', 'i386, which x86_64 builders build', 'another owner', 'the only one for aarch64'],
          ...['one with a shell', 'a source with a shell', 'another source with a shell'],
          ...['one with a tag that is not limited', 'one without a tag'],
        ],
        ['in the sandbox of another'],
      ]);
    },
  },
  {
    name: 'dispatcher-forgets-what-the-frontend-dropped',
    start: startNothing,
    async run({ rig, status, poll, task, end, inputs }) {
      const [one, other, last] = [task(1), task(2), task(3)];
      await poll({ candidates: [one, other], limits: onlyWorkers(5) });
      await rig.until('both run', async () => isQuiet(await status(), 2));
      await end(one);
      await end(other);
      await rig.until('both ended', async () => (await status()).ended === 2);
      // It was told of the first end only, before it asked the frontend.
      const forgotten = [one.taskId, other.taskId, '999999'];
      await poll({ candidates: [last], forgotten, knownEnd: 1, found: null, limits: onlyWorkers(5) });
      await rig.until('a third runs', async () => isQuiet(await status(), 3));
      assert.equal((await status()).tombstones, 1);
      // A poll from before all that: it restarts only what nothing is known of.
      await poll({ candidates: [other, one], knownEnd: 0, found: null, limits: onlyWorkers(5) });
      await rig.until('one runs again', async () => isQuiet(await status(), 4));
      assert.deepEqual(
        inputs('startTasks').map(({ tasks }) => tasks.map(({ task: { taskId } }) => taskId)),
        [[one.taskId, other.taskId], [last.taskId], [one.taskId]],
      );
    },
  },
  {
    name: 'dispatcher-tells-a-new-run-that-its-source-was-reported',
    start: startNothing,
    async run({ rig, status, poll, task, end, inputs }) {
      const [source, other] = [task(1), task(2)];
      await poll({ candidates: [source, other], limits: onlyWorkers(5) });
      await rig.until('both run', async () => isQuiet(await status(), 2));
      await end(source, 'source built');
      await end(other);
      await rig.until('both ended', async () => (await status()).ended === 2);
      await poll({ candidates: [source, other], knownEnd: 2, found: null, limits: onlyWorkers(5) });
      await rig.until('both run again', async () => isQuiet(await status(), 4));
      const told = inputs('startTasks').map(({ tasks }) => tasks.map(({ reportedAt }) => reportedAt !== undefined));
      assert.deepEqual(told, [
        [false, false],
        [true, false],
      ]);
    },
  },
  {
    name: 'dispatcher-hands-on-every-kind-of-end',
    start: startNothing,
    eventLimit: 25,
    async run({ rig, handle, status, poll, task, end, inputs }) {
      const [source, inactive, usual] = [task(1), task(2), task(3)];
      await poll({ candidates: [source, inactive, usual], limits: onlyWorkers(5) });
      await rig.until('all run', async () => isQuiet(await status(), 3));
      await end(source, 'source built');
      await end(inactive, 'inactive');
      await end(usual);
      await rig.until('all ended', async () => (await status()).ended === 3);
      // The run after the next one was handed what the next one had read.
      for (let runs = 0; runs < 2; runs += 1) {
        const { runId } = await handle.describe();
        await rig.until('a new run has begun', async () => {
          await poll({ candidates: [], knownEnd: 0, found: null, limits: onlyWorkers(5) });
          return (await handle.describe()).runId !== runId;
        });
      }
      await poll({ candidates: [source, inactive, usual], knownEnd: 3, found: null, limits: onlyWorkers(5) });
      await rig.until('all run again', async () => isQuiet(await status(), 6));
      const last = inputs('startTasks').at(-1)?.tasks ?? [];
      assert.deepEqual(
        last.map(({ reportedAt }) => reportedAt !== undefined),
        [true, false, false],
      );
    },
  },
  {
    name: 'dispatcher-leaves-an-inactive-chroot-to-the-next-poll',
    start: startNothing,
    async run({ rig, status, poll, task, end }) {
      const named = (n: number, chroot: string): TaskFacts => ({ ...task(n), chroot, source: false });
      const [one, like, other] = [named(1, 'old-1-x86_64'), named(2, 'old-1-x86_64'), named(3, 'new-2-x86_64')];
      await poll({ candidates: [one, like, other], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => isQuiet(await status(), 1));
      await end(one, 'inactive');
      await rig.until('that of another chroot runs', async () => isQuiet(await status(), 2));
      const { reserve, tombstones } = await status();
      assert.deepEqual([reserve, tombstones], [[], 1]);
      await end(other);
      await poll({ candidates: [one], knownEnd: 2, found: null, limits: onlyWorkers(1) });
      await rig.until('the chroot is active again', async () => isQuiet(await status(), 3));
    },
  },
  {
    name: 'dispatcher-asks-at-once-with-new-limits',
    async run({ rig, handle, status, poll }) {
      await poll(ApplicationFailure.nonRetryable('HTTP 502', 'FrontendUnavailable'));
      await rig.until('it says so', async () => (await status()).lastFailure?.what === 'poll');
      const at = new Date().toISOString();
      await handle.signal(limitsAdoptedSignal, { poller: 'poller@host/2', digest: 'd2', at });
      await poll({ limits: onlyWorkers(3), listed: 4 });
      await rig.until('the poll is in', async () => (await status()).listed === 4);
      assert.deepEqual((await status()).limits, onlyWorkers(3));
    },
  },
  {
    name: 'dispatcher-hands-on-all-it-knows',
    eventLimit: 30,
    start: startNothing,
    async run(world) {
      const { rig, status, poll, task, end, inputs } = world;
      const found = [rpm(task(1), 'fedora-42-x86_64'), { ...task(2), background: true }];
      const waiting = Array.from({ length: 350 }, (_, index) => anyKind(task(index + 3), index));
      const limits = onlyWorkers(252);
      await poll({ found, candidates: waiting, limits, listed: 352 });
      await rig.until('the first hundreds run', async () => isQuiet(await status(), 250));
      assert.deepEqual(
        inputs('startTasks').map(({ tasks }) => tasks.length),
        [200, 50],
      );
      const [ended] = found;
      if (ended !== undefined) await end(ended);
      await rig.until('one more runs', async () => isQuiet(await status(), 251));
      const rest = { candidates: waiting.slice(251), limits, listed: 99 };
      await pollUntilContinued(world, rest);
      await pollUntilContinued(world, rest);
      const { running, started, reserve, tombstones } = await status();
      assert.deepEqual([running, started, tombstones], [252, 251, 1]);
      assert.deepEqual(
        reserve,
        rest.candidates.slice(0, 64).map(({ taskId }) => taskId),
      );
      const [next] = waiting;
      if (next !== undefined) await end(next);
      await rig.until('the slot is refilled', async () => isQuiet(await status(), 252));
      assert.equal(inputs('startTasks').at(-1)?.tasks[0]?.task.taskId, reserve[0]);
    },
  },
];

/** Answers as if all were started. */
function startNothing({ tasks }: StartInput): Promise<StartResult> {
  return Promise.resolve({ started: tasks.map(({ task }) => task.taskId), busy: [], refused: [] });
}

function rpm(task: TaskFacts, chroot: string): TaskFacts {
  return { ...task, taskId: `${task.taskId}-${chroot}`, chroot, source: false };
}

/** Tasks of all kinds, one after the other. */
function anyKind(task: TaskFacts, index: number): TaskFacts {
  const kinds: readonly TaskFacts[] = [
    { ...task, background: true },
    { ...rpm(task, 'fedora-42-x86_64'), userSsh: true },
    { ...rpm(task, 'centos-stream-10-aarch64'), owner: 'ann', tags: ['arch_aarch64', 'powerful'] },
    { ...rpm(task, 'fedora-42-x86_64'), sandbox: 'jdoe/hello--jdoe', background: true, priority: 10 },
  ];
  return kinds[index % kinds.length] ?? task;
}

/** Has polls answered until the dispatcher goes on as another run. */
async function pollUntilContinued({ rig, handle, poll }: DispatcherWorld, answer: Partial<PollResult>): Promise<void> {
  const { runId } = await handle.describe();
  await rig.until('a new run has begun', async () => {
    await poll(answer);
    return (await handle.describe()).runId !== runId;
  });
}
