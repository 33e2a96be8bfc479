import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import type { PollResult } from '../../src/contracts/dispatch/dispatch.js';
import { admissionQuery, limitsAdoptedSignal, taskEndedSignal } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';
import type { buildDispatcher } from '../../src/workflows/dispatch/build-dispatcher.js';
import { givenHold } from '../support/dispatcher-world.js';
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
  /** Has its first poll end with three tasks; later ones have none. */
  readonly answerPoll: () => void;
  readonly polls: () => number;
  /** Waits until so many were started, and nothing is under way. */
  readonly untilStarted: (count: number) => Promise<void>;
};

/** As query-ahead.test.ts, of the dispatchers. `alone` has them without the interceptor that keeps apart what came later. */
describe('a query that is answered ahead of a dispatcher’s workflow task', function () {
  this.timeout(180_000);
  const [alone, whole] = [bareWorkflowBundle, workflowBundle];

  for (const type of ['buildDispatcher', 'actionDispatcher'] as const) {
    given(`does not decide when the ${type} begins anew`, alone, type, async (rig, dispatcher) => {
      const { handle, end, untilStarted, answerPoll } = dispatcher;
      answerPoll();
      await untilStarted(1);
      await end('1');
      await untilStarted(2);
      await rig.queryAhead(handle, { news: () => handle.signal(limitsAdoptedSignal, SOURCE) });
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== handle.firstExecutionRunId);
      await end('2');
      await rig.until('it goes on', async () => (await handle.query(admissionQuery)).ended === 2);
      await rig.replay(handle);
    });

    given(`leaves to the task whether the ${type} looks again`, whole, type, async (rig, dispatcher) => {
      const { handle, answerPoll, polls, untilStarted } = dispatcher;
      await rig.until('it polls', () => polls() === 1);
      const news = async (): Promise<void> => {
        answerPoll();
        await rig.until('the answer is recorded', async () => {
          const { events } = await handle.fetchHistory();
          return events?.some((event) => event.activityTaskCompletedEventAttributes != null) === true;
        });
      };
      await rig.queryAhead(handle, { news, more: () => handle.signal(limitsAdoptedSignal, SOURCE) });
      await rig.until('it polls again', () => polls() === 2);
      await untilStarted(1);
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
      let polls = 0;
      let first = givenHold();
      const activities = (): Activities => {
        polls = 0;
        first = givenHold();
        const { gone } = first;
        return fakeActivities({
          pollTasks: () =>
            (polls += 1) === 1 ? gone.then(() => givenPoll(['1', '2', '3'])) : Promise.resolve(givenPoll([])),
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
            answerPoll: () => first.letGo(),
            polls: () => polls,
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
