import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { createOpenBuilds } from '../../../src/adapters/temporal/open-builds.js';
import { buildWorkflowId } from '../../../src/contracts/names/ids.js';
import type { BuildInput } from '../../../src/contracts/inputs.js';
import type { build } from '../../../src/workflows/build/build.js';
import { fakeActivities, untilCanceled } from '../../support/fake-activities.js';
import { SHORT, withRig } from '../../support/workflow-rig.js';

describe('createOpenBuilds', function () {
  this.timeout(120_000);

  it('lists a build with its stage, and cancels that run, whose report says why', async () => {
    const { activities, inputs } = fakeActivities({ followBuild: () => untilCanceled() });
    await withRig(activities, async (rig) => {
      const taskId = `${Date.now() % 1_000_000_000}-custom-1-x86_64`;
      const input: BuildInput = { taskId, storage: rig.storage, durations: SHORT };
      const handle = await rig.client.workflow.start<typeof build>('build', {
        ...{ workflowId: buildWorkflowId(taskId), taskQueue: rig.queue, args: [input] },
      });
      const builds = createOpenBuilds(rig.client);
      const found = async () => (await builds.list()).find((one) => one.taskId === taskId);
      await rig.until('it is listed', async () => (await found()) !== undefined);
      const open = (await found()) ?? assert.fail('it is listed no more');
      await rig.until('it is building', async () => (await builds.stageOf(open)) === 'building');

      const other = { ...open, runId: '00000000-0000-4000-8000-000000000000' };
      assert.equal(await builds.stageOf(other), null, 'another run of the same build is not meant');
      await assert.rejects(builds.cancel(other, 'nobody'));

      await builds.cancel(open, 'the frontend no longer lists this build');
      await assert.rejects(handle.result(), WorkflowFailedError);
      const [report] = inputs('finishBuild');
      const { outcome } = report ?? assert.fail('its end was not reported');
      assert.equal(outcome.result, 'canceled');
      assert.match(JSON.stringify(outcome), /the frontend no longer lists this build/);
      assert.equal(await builds.stageOf(open), 'ended');
    });
  });
});
