import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import { DEFAULT_DURATIONS, type Durations } from '../../src/contracts/durations.js';
import { POLL_QUEUE, storageQueues } from '../../src/contracts/names/task-queues.js';
import type { Traces } from '../../src/tracing/create-traces.js';
import { temporal, tracedWorkflowBundle, workflowBundle } from './temporal.js';
import { until } from './until.js';

/** Short enough for tests, long enough to tell the stages apart. */
export const SHORT: Durations = {
  ...DEFAULT_DURATIONS,
  heartbeat: 5,
  resend: 1,
  retryFirst: 0.05,
  retryLongest: 0.2,
  nextBuilder: 0.05,
  pace: 0.01,
  linger: 0.5,
};

export type Rig = {
  readonly client: Client;
  /** Queue of the workflows; unique per rig. */
  readonly queue: string;
  /** Storage name whose queues carry the fake activities; unique per rig. */
  readonly storage: string;
  /** Waits until `fact` is true; fails with the last seen state when the test's own time is over. */
  readonly until: (what: string, fact: () => boolean | Promise<boolean>, withinMs?: number) => Promise<void>;
};

/** Runs `test` with workers for the workflows and for the given activities, on queues of their own. */
export async function withRig<T>(
  activities: Activities,
  test: (rig: Rig) => Promise<T>,
  traces: Traces | null = null,
): Promise<T> {
  const { nativeConnection: connection } = await temporal();
  const bundle = await (traces === null ? workflowBundle() : tracedWorkflowBundle());
  const tracing = traces === null ? {} : { sinks: traces.sinks };
  return withActivities(
    activities,
    async (rig) => {
      const worker = await Worker.create({ connection, taskQueue: rig.queue, workflowBundle: bundle, ...tracing });
      const running = worker.run();
      try {
        return await test(rig);
      } finally {
        worker.shutdown();
        await Promise.allSettled([running]);
      }
    },
    traces,
  );
}

/** The same with workers for the activities only: `test` itself decides who runs the workflows. */
export async function withActivities<T>(
  activities: Activities,
  test: (rig: Rig) => Promise<T>,
  traces: Traces | null = null,
): Promise<T> {
  const { client, nativeConnection: connection } = await temporal();
  const id = randomUUID().slice(0, 8);
  const queue = `copr-${id}`;
  const storage = `test-${id}`;
  const queues = [POLL_QUEUE, ...Object.values(storageQueues(storage))];
  const interceptors = traces === null ? {} : { interceptors: { activity: [traces.activityInterceptor] } };
  const workers = await Promise.all(
    queues.map((taskQueue) =>
      Worker.create({
        connection,
        taskQueue,
        activities,
        ...interceptors,
        shutdownForceTime: '1s',
        shutdownGraceTime: 0,
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  try {
    return await test({
      client,
      queue,
      storage,
      until: (what, fact, withinMs = 30_000) => until(what, fact, withinMs),
    });
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.allSettled(running);
  }
}

/** Ends a workflow that would otherwise run for ever. */
export async function terminate(handle: WorkflowHandle): Promise<void> {
  await handle.terminate('the test is over').catch(() => undefined);
}
