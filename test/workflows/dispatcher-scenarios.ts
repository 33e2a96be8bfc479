import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import type { PollResult, TaskFacts } from '../../src/contracts/dispatch.js';
import { onlyWorkers } from '../../src/domain/dispatch-limits.js';
import { buildWorkflowId } from '../../src/contracts/ids.js';
import { admissionQuery, buildStatusQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import type { buildDispatcher } from '../../src/workflows/build-dispatcher.js';
import { fakeActivities, untilStopped } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, terminate, withRig, type Rig } from '../support/workflow-rig.js';

type Dispatcher = WorkflowHandle<typeof buildDispatcher>;

export type DispatcherScenario = {
  readonly name: string;
  readonly eventLimit?: number;
  readonly run: (world: {
    readonly rig: Rig;
    readonly handle: Dispatcher;
    /** Ends the poll that is waiting with this answer. */
    readonly poll: (answer: Partial<PollResult>) => Promise<void>;
    readonly requestCancel: (taskIds: readonly string[]) => Promise<void>;
    readonly confirmed: () => readonly { readonly taskId: string; readonly running: boolean }[];
    /** A task id nobody else uses. */
    readonly task: (n: number) => TaskFacts;
  }) => Promise<void>;
};

let unique = Date.now() % 1_000_000_000;

export const DISPATCHER_SCENARIOS: readonly DispatcherScenario[] = [
  {
    name: 'dispatcher-admits-within-limits-and-refills',
    async run({ rig, handle, poll, task }) {
      const [first, second] = [task(1), task(2)];
      await poll({ candidates: [first, second], limits: onlyWorkers(1), listed: 2 });
      await rig.until('the first runs', async () => (await handle.query(admissionQuery)).running === 1);
      assert.deepEqual((await handle.query(admissionQuery)).reserve, [second.taskId]);
      await handle.signal(taskEndedSignal, { taskId: first.taskId, at: new Date().toISOString() });
      await rig.until('the second runs', async () => (await handle.query(admissionQuery)).started === 2);
      const status = await rig.client.workflow.getHandle(buildWorkflowId(second.taskId)).query(buildStatusQuery);
      assert.equal(status.task, second.taskId);
      await rig.client.workflow.getHandle(buildWorkflowId(first.taskId)).terminate();
      await rig.client.workflow.getHandle(buildWorkflowId(second.taskId)).terminate();
    },
  },
  {
    name: 'dispatcher-ignores-a-stale-poll',
    async run({ rig, handle, poll, task }) {
      const one = task(1);
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 0 });
      await rig.until('it runs', async () => (await handle.query(admissionQuery)).running === 1);
      await handle.signal(taskEndedSignal, { taskId: one.taskId, at: new Date().toISOString() });
      await rig.until('it ended', async () => (await handle.query(admissionQuery)).ended === 1);
      await rig.client.workflow.getHandle(buildWorkflowId(one.taskId)).terminate();
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 0, listed: 7 });
      await rig.until('the stale poll is in', async () => (await handle.query(admissionQuery)).listed === 7);
      assert.equal((await handle.query(admissionQuery)).started, 1, 'a poll from before the end starts nothing');
      await poll({ candidates: [one], limits: onlyWorkers(5), knownEnd: 1 });
      await rig.until('it runs again', async () => (await handle.query(admissionQuery)).started === 2);
      await rig.client.workflow.getHandle(buildWorkflowId(one.taskId)).terminate();
    },
  },
  {
    name: 'dispatcher-cancels-what-runs-and-confirms-all',
    async run({ rig, handle, poll, requestCancel, confirmed, task }) {
      const [running, waiting] = [task(1), task(2)];
      await poll({ candidates: [running, waiting], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => (await handle.query(admissionQuery)).running === 1);
      await requestCancel([running.taskId, waiting.taskId, '999999']);
      await rig.until('all are confirmed', () => confirmed().length === 3);
      assert.deepEqual(confirmed(), [
        { taskId: running.taskId, running: true },
        { taskId: waiting.taskId, running: false },
        { taskId: '999999', running: false },
      ]);
      assert.deepEqual((await handle.query(admissionQuery)).reserve, []);
      const build = rig.client.workflow.getHandle(buildWorkflowId(running.taskId));
      await rig.until('the build heard of it', async () => (await build.describe()).status.name === 'CANCELLED');
    },
  },
  {
    name: 'dispatcher-begins-anew-and-forgets-nothing',
    eventLimit: 20,
    async run({ rig, handle, poll, task }) {
      const [running, next] = [task(1), task(2)];
      await poll({ candidates: [running, next], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => (await handle.query(admissionQuery)).running === 1);
      const { runId: first } = await handle.describe();
      await rig.until('a new run has begun', async () => {
        await poll({ candidates: [next], limits: onlyWorkers(1) });
        return (await handle.describe()).runId !== first;
      });
      const status = await handle.query(admissionQuery);
      assert.equal(status.running, 1, 'what runs is known to the new run');
      assert.deepEqual(status.reserve, [next.taskId]);
      await handle.signal(taskEndedSignal, { taskId: running.taskId, at: new Date().toISOString() });
      await rig.until('the slot is refilled', async () => (await handle.query(admissionQuery)).started === 2);
      for (const { taskId } of [running, next]) {
        await rig.client.workflow.getHandle(buildWorkflowId(taskId)).terminate();
      }
    },
  },
];

export async function runDispatcherScenario(scenario: DispatcherScenario): Promise<Dispatcher> {
  const { client } = await temporal();
  let answerPoll: ((result: PollResult) => void) | undefined;
  let answerCancel: ((requests: { taskIds: readonly string[] }) => void) | undefined;
  const fakes = fakeActivities({
    pollTasks: () => untilStopped(new Promise<PollResult>((resolve) => (answerPoll = resolve))),
    awaitCancelRequests: () =>
      untilStopped(new Promise<{ taskIds: readonly string[] }>((resolve) => (answerCancel = resolve))),
    acquireBuilder: () => untilStopped(),
  });
  return withRig(fakes.activities, async (rig) => {
    const handle: Dispatcher = await client.workflow.start<typeof buildDispatcher>('buildDispatcher', {
      workflowId: `dispatcher/${scenario.name}-${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ state: null, ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }) }],
    });
    const base = unique;
    unique += 100;
    const knownEnd = 0;
    const empty: PollResult = {
      ...{ began: new Date().toISOString(), knownEnd, listed: 0, candidates: [], forgotten: [], lost: [] },
      ...{ limits: onlyWorkers(0), durations: SHORT, pause: 0.1, storage: rig.storage },
    };
    try {
      await scenario.run({
        rig,
        handle,
        poll: async (answer) => {
          await rig.until('a poll is waiting', () => answerPoll !== undefined);
          answerPoll?.({ ...empty, ...answer });
          answerPoll = undefined;
        },
        requestCancel: async (taskIds) => {
          await rig.until('cancels are watched', () => answerCancel !== undefined);
          answerCancel?.({ taskIds });
          answerCancel = undefined;
        },
        confirmed: () => fakes.inputs('confirmCancelRequests').flatMap(({ requests }) => requests),
        task: (n) => ({
          ...{ taskId: String(base + n), owner: 'jdoe', sandbox: null, background: false, chroot: null, source: true },
          ...{ tags: [], userSsh: false, priority: 0 },
        }),
      });
    } finally {
      await terminate(handle);
    }
    return handle;
  });
}
