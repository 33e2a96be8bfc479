import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';
import { isQuiet, type DispatcherScenario } from '../support/dispatcher-world.js';
import { untilStopped } from '../support/fake-activities.js';

/** Ends that a busy dispatcher hears of in the long recording: it continues as new by its real count on the way. */
const MANY = 2500;

export const DISPATCHER_SCENARIOS: readonly DispatcherScenario[] = [
  {
    name: 'dispatcher-admits-within-limits-and-refills',
    async run({ rig, status, poll, task, end, terminate: gone }) {
      const [first, second] = [task(1), task(2)];
      await poll({ candidates: [first, second], limits: onlyWorkers(1), listed: 2 });
      await rig.until('the first runs', async () => isQuiet(await status(), 1));
      assert.deepEqual((await status()).reserve, [second.taskId]);
      await end(first);
      await rig.until('the second runs', async () => isQuiet(await status(), 2));
      const build = await rig.client.workflow.getHandle(buildWorkflowId(second.taskId)).query(buildStatusQuery);
      assert.equal(build.task, second.taskId);
      await gone(first, second);
    },
  },
  {
    name: 'dispatcher-ignores-a-stale-poll',
    async run({ rig, status, poll, task, end, terminate: gone }) {
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 0 });
      await rig.until('it runs', async () => isQuiet(await status(), 1));
      await end(one);
      await rig.until('it ended', async () => (await status()).ended === 1);
      await gone(one);
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 0, listed: 7 });
      await rig.until('the stale poll is in', async () => (await status()).listed === 7);
      assert.equal((await status()).started, 1, 'a poll from before the end starts nothing');
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 1 });
      await rig.until('it runs again', async () => isQuiet(await status(), 2));
      await gone(one);
    },
  },
  {
    name: 'dispatcher-cancels-what-runs-and-confirms-the-rest',
    async run({ rig, status, poll, requestCancel, inputs, task, end }) {
      const [running, waiting] = [task(1), task(2)];
      await poll({ candidates: [running, waiting], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => isQuiet(await status(), 1));
      await requestCancel([running.taskId, waiting.taskId, '999999']);
      const confirmed = (): readonly string[] => inputs('confirmCancelRequest').map(({ taskId }) => taskId);
      await rig.until('what does not run is confirmed', () => confirmed().length === 2);
      assert.deepEqual([...confirmed()].sort(), [waiting.taskId, '999999'].sort());
      assert.deepEqual((await status()).reserve, []);
      const build = rig.client.workflow.getHandle(buildWorkflowId(running.taskId));
      await rig.until('the build heard of it', async () => (await build.describe()).status.name === 'CANCELLED');
      assert.equal(inputs('finishBuild').find(({ taskId }) => taskId === running.taskId)?.isCancelAsked, true);
      await end(running);
      await rig.until('it is made sure that its own is confirmed', () => confirmed().includes(running.taskId));
      await rig.until('no cancel is left', async () => (await status()).canceling === 0);
    },
  },
  {
    name: 'dispatcher-is-not-held-up-by-a-cancel-that-the-frontend-refuses',
    activities: {
      confirmCancelRequest: ({ taskId }) =>
        taskId === '666'
          ? Promise.reject(ApplicationFailure.nonRetryable('HTTP 500', 'FrontendUnavailable'))
          : Promise.resolve(),
    },
    async run({ rig, status, poll, requestCancel, inputs, task, terminate: gone }) {
      await poll({});
      await requestCancel(['666', '1000', '1001']);
      await rig.until('the refused one is said', async () => (await status()).lastFailure?.what === 'cancels');
      await rig.until('the others are done', async () => (await status()).canceling === 1);
      await requestCancel(['1002']);
      await rig.until('a later one is done', () =>
        inputs('confirmCancelRequest').some(({ taskId }) => taskId === '1002'),
      );
      await rig.until('it is done with', async () => (await status()).canceling === 1);
      await requestCancel([]);
      await rig.until('the watch is told not to return for the refused one', () => {
        const { inWork } = inputs('awaitCancelRequests').at(-1) ?? {};
        return inWork?.join() === '666';
      });
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(1) });
      await rig.until('builds start meanwhile', async () => isQuiet(await status(), 1));
      await gone(one);
    },
  },
  {
    name: 'dispatcher-cancels-what-was-being-started',
    start: async (_, really, call, held) => {
      if (call === 1) await held;
      return really();
    },
    async run({ rig, status, poll, requestCancel, task, inputs, letGo }) {
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(1) });
      await rig.until('its start is asked for', () => inputs('startTasks').length === 1);
      await requestCancel([one.taskId]);
      await rig.until('the cancel is known', async () => (await status()).canceling === 1);
      letGo();
      const build = rig.client.workflow.getHandle(buildWorkflowId(one.taskId));
      await rig.until('it has started', async () => isQuiet(await status(), 1));
      await rig.until('the build is canceled', async () => (await build.describe()).status.name === 'CANCELLED');
    },
  },
  {
    name: 'dispatcher-learns-what-runs-before-it-admits',
    async run({ rig, status, poll, task, end, terminate: gone }) {
      const [running, next] = [task(1), task(2)];
      await poll({ found: [running], candidates: [next], limits: onlyWorkers(1), listed: 2 });
      await rig.until('the poll is in', async () => (await status()).listed === 2);
      assert.deepEqual([(await status()).running, (await status()).started], [1, 0]);
      await end(running);
      await rig.until('its slot is given on', async () => isQuiet(await status(), 1));
      await gone(next);
    },
  },
  {
    name: 'dispatcher-tries-again-what-could-not-be-started',
    start: async (input, really, call) => {
      const failure = { code: 'BackendDefect', message: 'not like this' } as const;
      if (call === 1) throw ApplicationFailure.nonRetryable('no database', 'BackendDefect');
      const taskIds = input.tasks.map(({ task }) => task.taskId);
      if (call === 2) return { started: [], busy: taskIds.slice(1), refused: [{ taskId: taskIds[0] ?? '', failure }] };
      return really();
    },
    async run({ rig, status, poll, task, inputs, terminate: gone }) {
      const [refused, busy] = [task(1), task(2)];
      const candidates = [refused, busy];
      await poll({ candidates, limits: onlyWorkers(2) });
      await rig.until('it is said', async () => (await status()).lastFailure?.what === 'start');
      await rig.until('it is asked again', async () => (await status()).ended === 2);
      assert.deepEqual(
        inputs('startTasks').map(({ tasks }) => tasks.map(({ again }) => again)),
        [
          [false, false],
          [true, true],
        ],
      );
      await poll({ candidates, limits: onlyWorkers(2), knownEnd: 2 });
      await rig.until('both run', async () => isQuiet(await status(), 4));
      assert.equal((await status()).lastFailure, null);
      await gone(refused, busy);
    },
  },
  {
    name: 'dispatcher-says-that-the-frontend-cannot-be-asked',
    async run({ rig, status, poll }) {
      await poll({ listed: 3 });
      await poll(ApplicationFailure.retryable('HTTP 401', 'FrontendRefused'));
      await rig.until('it says so', async () => (await status()).lastFailure?.code === 'FrontendRefused');
      assert.equal((await status()).lastFailure?.what, 'poll');
      await poll({ listed: 4 });
      await rig.until('it goes on', async () => (await status()).listed === 4);
      assert.equal((await status()).lastFailure, null);
    },
  },
  {
    name: 'dispatcher-polls-at-once-for-the-rest-of-a-cold-start',
    async run({ rig, status, poll, task, terminate: gone }) {
      const [one, two] = [task(1), task(2)];
      // A pause of an hour: only a poll that follows at once brings the second task.
      await poll({ candidates: [one], isCut: true, limits: onlyWorkers(2), pause: 3600 });
      await poll({ candidates: [two], limits: onlyWorkers(2), pause: 3600 });
      await rig.until('both run', async () => isQuiet(await status(), 2));
      await gone(one, two);
    },
  },
  {
    name: 'dispatcher-begins-anew-and-forgets-nothing',
    eventLimit: 25,
    async run({ rig, handle, status, poll, task, end, terminate: gone }) {
      const [running, next] = [task(1), task(2)];
      await poll({ candidates: [running, next], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => isQuiet(await status(), 1));
      const { runId: first } = await handle.describe();
      await rig.until('a new run has begun', async () => {
        await poll({ candidates: [next], limits: onlyWorkers(1) });
        return (await handle.describe()).runId !== first;
      });
      assert.equal((await status()).running, 1, 'what runs is known to the new run');
      assert.deepEqual((await status()).reserve, [next.taskId]);
      await end(running);
      await rig.until('the slot is refilled', async () => isQuiet(await status(), 2));
      await gone(running, next);
    },
  },
  {
    name: 'dispatcher-begins-anew-while-a-start-is-out',
    eventLimit: 20,
    start: async (_, really, call) => {
      const result = await really();
      // It got through, and nobody hears of it.
      return call === 1 ? untilStopped() : result;
    },
    async run({ rig, handle, status, poll, task, inputs, terminate: gone }) {
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(1) });
      await rig.until('its start is asked for', () => inputs('startTasks').length === 1);
      const { runId: first } = await handle.describe();
      await rig.until('a new run has begun', async () => {
        await poll({ candidates: [], limits: onlyWorkers(1) });
        return (await handle.describe()).runId !== first;
      });
      await rig.until('the start is known', async () => isQuiet(await status(), 1));
      assert.equal(inputs('startTasks').at(-1)?.tasks[0]?.again, true);
      const runs = rig.client.workflow.list({ query: `WorkflowId = '${buildWorkflowId(one.taskId)}'` });
      await rig.until('one run of it is listed', async () => (await all(runs)).length === 1);
      await gone(one);
    },
  },
  {
    name: 'dispatcher-hears-of-hundreds-of-ends',
    start: ({ tasks }) => Promise.resolve({ started: tasks.map(({ task }) => task.taskId), busy: [], refused: [] }),
    async run({ rig, handle, status, poll, task, end }) {
      const { runId: first } = await handle.describe();
      const hasContinued = async (): Promise<boolean> => (await handle.describe()).runId !== first;
      let n = 0;
      let ended = 0;
      while (ended < MANY && !(await hasContinued())) {
        const candidates = Array.from({ length: 50 }, () => task((n += 1)));
        const before = (await status()).started;
        await poll({ candidates, limits: onlyWorkers(20), knownEnd: ended, listed: n });
        await rig.until('some start', async () => (await status()).started > before);
        await Promise.all(candidates.map((task) => end(task)));
        ended += candidates.length;
        await rig.until('they ended', async () => (await status()).ended === ended);
      }
      assert.ok(ended < MANY, 'it begins anew on the way');
      await rig.until('the new run knows all', async () => (await status()).ended === ended);
    },
  },
  {
    name: 'dispatcher-of-actions-starts-actions',
    type: 'actionDispatcher',
    async run({ rig, status, poll, task }) {
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(1) });
      await rig.until('it runs', async () => isQuiet(await status(), 1));
      await rig.client.workflow.getHandle(`action/${one.taskId}`).result();
    },
  },
];

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
