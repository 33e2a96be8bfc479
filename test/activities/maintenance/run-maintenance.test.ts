import assert from 'node:assert/strict';
import { createActivities } from '../../../src/activities/index.js';
import type { MaintenanceOutcome } from '../../../src/contracts/maintenance/maintenance.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { fakePorts } from '../../support/fake-ports.js';

const JOB = { job: 'compress-live-logs' } as const;

describe('runMaintenance', () => {
  it('shows how far the job is, and keeps its outcome within the bounds of a history', async () => {
    const troubles = Array.from({ length: 1000 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
    const { deps } = fakePorts({
      jobs: {
        'compress-live-logs': ({ progress, dryRun }) => {
          progress('3 logs so far');
          return Promise.resolve({ summary: 'y'.repeat(5000), changed: dryRun ? 0 : 3, troubles, counts: { logs: 3 } });
        },
      },
    });
    const context = activityContext();
    const beats: unknown[] = [];
    context.on('heartbeat', (details: unknown) => beats.push(details));
    const outcome: MaintenanceOutcome = await context.run(createActivities(deps).steps.runMaintenance, JOB);
    assert.deepEqual(beats.at(-1), { progress: '3 logs so far' });
    assert.deepEqual([outcome.changed, outcome.counts, outcome.summary.length], [3, { logs: 3 }, 500]);
    assert.deepEqual([outcome.troubles.length, outcome.troubles.at(-1)], [20, 'and 981 more']);
    assert.ok(outcome.troubles.every((line) => line.length <= 300));
  });

  it('fails with a code of its own where the worker has no such job, and is not tried again', async () => {
    const { steps } = createActivities(fakePorts().deps);
    const failed = await activityFailureOf(activityContext().run(steps.runMaintenance, JOB));
    assert.deepEqual([failed.type, failed.nonRetryable], ['JobUnknown', true]);
    assert.match(failed.message, /this worker has no job compress-live-logs: bring its version/);
  });
});
