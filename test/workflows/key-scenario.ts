import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { projectWorkRequestedSignal, requestAnsweredSignal } from '../../src/contracts/messages.js';
import type { build } from '../../src/workflows/build/build.js';
import type { project } from '../../src/workflows/project/project.js';
import { fakeActivities, givenFacts } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

const PROJECT = { owner: 'jdoe', project: 'hello' };

/** Ten builds of a new project wait for its key: it is made once, and all of them go on and end well. */
export async function runKeyForTenBuildsScenario(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  let [queue, storage] = ['', ''];
  const waiting = new Set<string>();
  let allWait: () => void = () => undefined;
  const everybody = new Promise<void>((resolve) => (allWait = resolve));
  const own = (): { readonly workflowId: string; readonly runId: string } => {
    const { workflowExecution: run } = Context.current().info;
    assert.ok(run);
    return run;
  };
  const fakes = fakeActivities({
    beginBuild: ({ taskId }) =>
      Promise.resolve({
        ...{ start: true, facts: givenFacts({ taskId, buildId: Number.parseInt(taskId, 10) }), startedOn: 1 },
        missing: { repository: false, key: true },
      }),
    requestPrerequisites: async ({ key, facts }) => {
      const { workflowId, runId } = own();
      await client.workflow.signalWithStart('project', {
        workflowId: `project/ten-builds/${storage}`,
        taskQueue: queue,
        args: [{ project: PROJECT, storage, durations: SHORT, carried: null }],
        signal: projectWorkRequestedSignal,
        signalArgs: [
          { requestId: key?.requestId ?? '', workflowId, runId, work: { kind: 'ensureKey', dirname: facts.dirname } },
        ],
      });
      if (waiting.add(workflowId).size === 10) allWait();
    },
    ensureKey: () => everybody,
    deliverResults: async ({ publish }) => {
      const { workflowId, runId } = own();
      const requestId = publish?.requestId ?? '';
      await client.workflow.getHandle(workflowId, runId).signal(requestAnsweredSignal, { requestId, failure: null });
    },
  });
  return withRig(fakes.activities, async (rig) => {
    [queue, storage] = [rig.queue, rig.storage];
    const builds = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.workflow.start<typeof build>('build', {
          workflowId: `build/${index + 1}-custom-1-x86_64-${storage}`,
          taskQueue: queue,
          args: [{ taskId: `${index + 1}-custom-1-x86_64`, storage, durations: SHORT }],
        }),
      ),
    );
    for (const handle of builds) assert.equal((await handle.result()).result, 'succeeded');
    const handle = client.workflow.getHandle<typeof project>(`project/ten-builds/${storage}`);
    await handle.result();
    assert.equal(waiting.size, 10);
    assert.equal(fakes.inputs('ensureKey').length, 1);
    assert.equal(fakes.inputs('signResults').length, 10);
    return handle;
  });
}
