import assert from 'node:assert/strict';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import type { PollResult } from '../../src/contracts/dispatch.js';
import { admissionQuery, limitsAdoptedSignal, taskEndedSignal } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch-limits.js';
import type { buildDispatcher } from '../../src/workflows/build-dispatcher.js';
import { fakeActivities } from '../support/fake-activities.js';
import { withQueryAhead, type QueryAheadRig } from '../support/query-ahead.js';
import { bareWorkflowBundle, workflowBundle } from '../support/temporal.js';
import { SHORT, terminate } from '../support/workflow-rig.js';

const HOUR = 3600;
const NOW = new Date().toISOString();
const SOURCE = { poller: 'poller@host/1', digest: 'd1', at: NOW };

type Dispatcher = {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof buildDispatcher>;
  readonly end: (taskId: string) => Promise<void>;
  /** Waits until so many were started, and nothing is under way. */
  readonly untilStarted: (count: number) => Promise<void>;
};

/** As query-ahead.test.ts, of the dispatchers. `alone` has them without the interceptor that keeps apart what came later. */
describe('a query that is answered ahead of a dispatcher’s workflow task', function () {
  this.timeout(180_000);
  const [alone, whole] = [bareWorkflowBundle, workflowBundle];

  for (const type of ['buildDispatcher', 'actionDispatcher'] as const) {
    given(`does not decide when a ${type} begins anew`, alone, type, async (rig, { handle, end, untilStarted }) => {
      await untilStarted(1);
      await rig.queryAhead(handle, { news: () => end('1') });
      await untilStarted(2);
      await handle.signal(limitsAdoptedSignal, SOURCE);
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== handle.firstExecutionRunId);
      await end('2');
      await rig.until('it goes on', async () => (await handle.query(admissionQuery)).ended === 2);
      await rig.replay(handle);
    });

    given(`leaves to the task what a ${type} starts next`, whole, type, async (rig, { handle, end, untilStarted }) => {
      await untilStarted(1);
      await rig.queryAhead(handle, { news: () => end('1'), more: () => end('2') });
      await untilStarted(3);
      const { running, ended } = await handle.query(admissionQuery);
      assert.deepEqual([running, ended], [1, 2]);
      await rig.replay(handle);
    });
  }

  function given(
    name: string,
    bundle: () => Promise<WorkflowBundle>,
    type: 'buildDispatcher' | 'actionDispatcher',
    test: (rig: QueryAheadRig, dispatcher: Dispatcher) => Promise<void>,
  ): void {
    it(name, async () => {
      let isFirst = true;
      const activities = (): ReturnType<typeof fakeActivities>['activities'] => {
        isFirst = true;
        return fakeActivities({
          pollTasks: () => {
            const answer = givenPoll(isFirst ? ['1', '2', '3'] : []);
            isFirst = false;
            return Promise.resolve(answer);
          },
        }).activities;
      };
      await withQueryAhead(await bundle(), activities, async (rig) => {
        const handle = await rig.client.workflow.start<typeof buildDispatcher>(type, {
          workflowId: `dispatcher/query-ahead-${rig.storage}`,
          taskQueue: rig.queue,
          args: [{ state: null, eventLimit: 30 }],
        });
        try {
          await test(rig, {
            handle,
            end: (taskId) => handle.signal(taskEndedSignal, { taskId, at: NOW }),
            untilStarted: (count) =>
              rig.until(`${count} were started`, async () => {
                const { started, starting } = await handle.query(admissionQuery);
                return started === count && starting === 0;
              }),
          });
        } finally {
          await terminate(handle);
        }
      });
    });
  }
});

/** Tasks of which one may run at a time; nothing more for an hour. */
function givenPoll(taskIds: readonly string[]): PollResult {
  const candidates = taskIds.map((taskId) => ({
    ...{ taskId, owner: 'jdoe', sandbox: null, background: false, chroot: null, source: true },
    ...{ tags: [], userSsh: false, priority: 0 },
  }));
  return {
    ...{ began: NOW, knownEnd: 0, listed: candidates.length, candidates, isCut: false, forgotten: [], lost: [] },
    ...{ found: [], limits: onlyWorkers(1), limitsFrom: SOURCE, durations: SHORT, pause: HOUR, storage: 'main' },
  };
}
