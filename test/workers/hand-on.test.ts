import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { stopped, withHeartbeat } from '../../src/activities/heartbeat.js';
import type { Activities } from '../../src/contracts/activities.js';
import { storageQueues } from '../../src/contracts/names/task-queues.js';
import { pause } from '../../src/backoff/pause.js';
import { pendingActivities } from '../../src/starters/pending-activities.js';
import { fakeActivities } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

const FRESH = { messages: { silentForMs: () => 0 } };
/** Seconds. A test that waits for the server's own pause ends in vain. */
const AN_HOUR = 3600;

/** A follower in the way of those that there are, which says which attempt it is. */
function following(attempts: number[]): Activities {
  const followBuild: Activities['followBuild'] = () =>
    withHeartbeat(FRESH, async ({ signal }) => {
      attempts.push(Context.current().info.attempt);
      await pause(AN_HOUR * 1000, signal);
      throw stopped();
    });
  return fakeActivities({ followBuild }).activities;
}

describe('a follower whose worker is stopped', function () {
  this.timeout(120_000);

  it('goes on as soon as another worker is there, however often that was', async () => {
    const attempts: number[] = [];
    const storage = `test-${randomUUID().slice(0, 8)}`;
    const { follow, steps } = storageQueues(storage);
    const { address } = await temporal();
    await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
      const connection = await NativeConnection.connect({ address });
      const start = async (taskQueue: string): Promise<() => Promise<void>> => {
        const activities = following(attempts);
        const worker = await Worker.create({ connection, taskQueue, activities, shutdownGraceTime: 0 });
        const running = worker.run();
        return async () => {
          worker.shutdown();
          await running;
        };
      };
      const stopWork = await start(steps);
      const durations = { ...SHORT, heartbeat: AN_HOUR, retryFirst: AN_HOUR, retryLongest: AN_HOUR };
      const build = await client.workflow.start('build', {
        workflowId: `build/handed-on-${storage}`,
        taskQueue: queue,
        args: [{ taskId: '7-custom-1-x86_64', storage, durations }],
      });
      try {
        for (let number = 1; number <= 4; number += 1) {
          const stop = await start(follow);
          await until(`attempt ${number}`, () => attempts.length === number).finally(stop);
        }
        assert.deepEqual(attempts, [1, 2, 3, 4]);
        const [pending] = pendingActivities(await build.describe());
        assert.deepEqual([pending?.state, pending?.isHandedOn, pending?.lastFailure], ['queued', true, null]);
      } finally {
        await build.terminate('the test is over');
        await stopWork();
        await connection.close();
      }
    });
  });
});
