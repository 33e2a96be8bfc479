import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import type { BuildOutcome } from '../../src/contracts/build.js';
import { storageQueues } from '../../src/contracts/task-queues.js';
import { processIdentity } from '../../src/workers/process-identity.js';
import { takeOverFromTheDead } from '../../src/workers/take-over.js';
import { fakeActivities, untilStopped } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

const QUIET: Parameters<typeof takeOverFromTheDead>[1] = {
  info: () => undefined,
  warn: (...said: unknown[]) => assert.fail(JSON.stringify(said)),
};
/** Of a process that cannot be: pids end far below. */
const GONE = processIdentity('all').replace(/\/\d+\.\d+$/, '/999999999.1');

/** A worker for the short activities of one storage, and what ends it without waiting for them. */
async function shortWork(storage: string, identity: string, activities: Activities): Promise<() => Promise<void>> {
  // One connection has at most one worker a queue, as one process does.
  const connection = await NativeConnection.connect({ address: (await temporal()).address });
  const worker = await Worker.create({
    connection,
    taskQueue: storageQueues(storage).work,
    identity,
    activities,
    maxConcurrentActivityTaskExecutions: 1, // the one that hangs keeps it from taking more
    shutdownForceTime: '1s',
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

describe('work of a worker that is gone', function () {
  this.timeout(60_000);

  it('goes on when the next worker starts, and not only at the end of its time limit', async () => {
    const storage = `test-${randomUUID().slice(0, 8)}`;
    const began: { attempt: number; by: string }[] = [];
    const begins = (by: string, answer: () => ReturnType<Activities['beginBuild']>): Activities =>
      fakeActivities({
        beginBuild: () => {
          began.push({ attempt: Context.current().info.attempt, by });
          return answer();
        },
      }).activities;
    const failure = { code: 'TaskUnknown', message: 'gone' } as const;
    await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
      // beginBuild has five minutes and no heartbeat: without help the test would end before its second attempt.
      const endDead = await shortWork(
        storage,
        GONE,
        begins('the dead', () => untilStopped()),
      );
      const build = await client.workflow.start('build', {
        workflowId: `build/take-over-${storage}`,
        taskQueue: queue,
        args: [{ taskId: '7-custom-1-x86_64', storage, durations: SHORT }],
      });
      await until('the dead worker has it', () => began.length === 1);
      const endLiving = await shortWork(
        storage,
        processIdentity('all'),
        begins('the living', () => Promise.resolve({ start: false, facts: null, failure })),
      );
      try {
        await takeOverFromTheDead(client, QUIET, new AbortController().signal);
        const outcome = (await build.result()) as BuildOutcome;
        assert.equal(outcome.result, 'refused');
        assert.deepEqual(began, [
          { attempt: 1, by: 'the dead' },
          { attempt: 2, by: 'the living' },
        ]);
      } finally {
        await Promise.all([endLiving(), endDead()]);
      }
    });
  });

  it('leaves the work of living workers alone', async () => {
    const storage = `test-${randomUUID().slice(0, 8)}`;
    const attempts: number[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { activities } = fakeActivities({
      beginBuild: async () => {
        attempts.push(Context.current().info.attempt);
        await held;
        return { start: false, facts: null, failure: { code: 'TaskUnknown', message: 'gone' } };
      },
    });
    await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
      const end = await shortWork(storage, processIdentity('all'), activities);
      const build = await client.workflow.start('build', {
        workflowId: `build/left-alone-${storage}`,
        taskQueue: queue,
        args: [{ taskId: '7-custom-1-x86_64', storage, durations: SHORT }],
      });
      try {
        await until('it has begun', () => attempts.length === 1);
        await takeOverFromTheDead(client, QUIET, new AbortController().signal);
        letGo();
        await build.result();
        assert.deepEqual(attempts, [1]);
      } finally {
        await end();
      }
    });
  });
});
