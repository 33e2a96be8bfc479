import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { changeRequestedSignal, changesQuery, deploymentChangedSignal } from '../../src/contracts/messages.js';
import type { buildDispatcher } from '../../src/workflows/dispatch/build-dispatcher.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import { fakeActivities } from '../support/fake-activities.js';
import { heldRepository } from '../support/given-held-repository.js';
import { temporal } from '../support/temporal.js';
import { terminate, withRig } from '../support/workflow-rig.js';

/** The state that a run hands to the next one if it continues as new at an odd moment. */
export const HANDED_OVER_SCENARIOS: readonly { readonly name: string; readonly run: () => Promise<WorkflowHandle> }[] =
  [
    { name: 'repository-answers-a-crowd-in-two-runs', run: runAnsweredCrowd },
    { name: 'dispatcher-begins-anew-before-the-frontend-answers', run: runUnansweredDispatcher },
    { name: 'repository-goes-on-in-another-version', run: runMovedRepository },
    { name: 'dispatcher-goes-on-in-another-version', run: runMovedDispatcher },
  ];

/** Hundreds were held by an operator; at the release the first of them are told, and the next run tells the others. */
async function runAnsweredCrowd(): Promise<WorkflowHandle<typeof repository>> {
  const { client } = await temporal();
  return withRig(fakeActivities().activities, async (rig) => {
    const nobody = { workflowId: `nobody-${rig.storage}`, runId: '' };
    const held = Array.from({ length: 230 }, (_, index) => ({ requestId: `build-${index}`, ...nobody }));
    const handle = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/crowd/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [heldRepository({ storage: rig.storage, eventLimit: 900 }, held)],
    });
    await handle.signal(changeRequestedSignal, { requestId: 'go', ...nobody, change: { kind: 'release', by: 'root' } });
    await handle.result();
    const { held: left, lastPublished: live } = await handle.query(changesQuery);
    assert.deepEqual([left, live?.hold], [0, null]);
    const told = await Promise.all(
      [handle.firstExecutionRunId, (await handle.describe()).runId].map(async (runId) => {
        const { events } = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
        return events?.filter((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes != null).length;
      }),
    );
    assert.deepEqual(told, [200, 31], 'all of them, each once');
    return handle;
  });
}

/** The frontend is down when the first dispatcher of an installation starts, and stays so. */
async function runUnansweredDispatcher(): Promise<WorkflowHandle<typeof buildDispatcher>> {
  const { client } = await temporal();
  const fakes = fakeActivities({
    pollTasks: () => Promise.reject(ApplicationFailure.retryable('HTTP 503', 'FrontendUnavailable')),
  });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof buildDispatcher>('buildDispatcher', {
      workflowId: `dispatcher/unanswered-${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ state: null, eventLimit: 10 }],
    });
    const now = client.workflow.getHandle<typeof buildDispatcher>(handle.workflowId);
    await rig.until('it has begun anew', async () => (await now.describe()).runId !== handle.firstExecutionRunId);
    await rig.until('it asks again', () => fakes.inputs('pollTasks').length > 1);
    await terminate(now);
    return now;
  });
}

/** Held by an operator, so that nothing else wakes it; the next run holds what this one did. */
async function runMovedRepository(): Promise<WorkflowHandle<typeof repository>> {
  const { client } = await temporal();
  return withRig(fakeActivities().activities, async (rig) => {
    const nobody = { workflowId: `nobody-${rig.storage}`, runId: '' };
    const handle = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/moved/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [heldRepository({ storage: rig.storage }, [{ requestId: 'build-1', ...nobody }])],
    });
    const now = client.workflow.getHandle<typeof repository>(handle.workflowId);
    assert.equal((await now.query(changesQuery)).held, 1);
    await now.signal(deploymentChangedSignal);
    await rig.until('it has begun anew', async () => (await now.describe()).runId !== handle.firstExecutionRunId);
    assert.equal((await now.query(changesQuery)).held, 1);
    await now.signal(changeRequestedSignal, { requestId: 'go', ...nobody, change: { kind: 'release', by: 'root' } });
    await now.result();
    return now;
  });
}

/** Between two polls, long before the next one is due. */
async function runMovedDispatcher(): Promise<WorkflowHandle<typeof buildDispatcher>> {
  const { client } = await temporal();
  const fakes = fakeActivities({ pollTasks: () => Promise.resolve(null) });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof buildDispatcher>('buildDispatcher', {
      workflowId: `dispatcher/moved-${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ state: null }],
    });
    const now = client.workflow.getHandle<typeof buildDispatcher>(handle.workflowId);
    await rig.until('it has asked', () => fakes.inputs('pollTasks').length > 0);
    await now.signal(deploymentChangedSignal);
    await rig.until('it has begun anew', async () => (await now.describe()).runId !== handle.firstExecutionRunId);
    await rig.until('it asks again', () => fakes.inputs('pollTasks').length > 1);
    await terminate(now);
    return now;
  });
}
