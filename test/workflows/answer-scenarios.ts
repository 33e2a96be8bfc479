import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { buildStatusQuery, requestAnsweredSignal, requestDelayedSignal } from '../../src/contracts/messages.js';
import { answer, TASK, type BuildScenario } from './build-scenarios.js';

/** Tells the calling activity's workflow, as a repository would, that the answer takes its time. */
async function delay(client: Client, requestId: string): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  const waitingFor = { reason: 'held by operator', detail: 'generation 17, root: broken' };
  await client.workflow.getHandle(run.workflowId, run.runId).signal(requestDelayedSignal, { requestId, waitingFor });
}

/** Published while an operator holds the repository: `pause` is how long the build waits before it asks again. */
function heldByOperator(name: string, resend: number, pause: number): BuildScenario {
  return {
    ...{ name, taskId: TASK, durations: { resend } },
    world: (client) => ({ deliverResults: ({ publish }) => delay(client, publish?.requestId ?? '') }),
    async meanwhile(build, fakes, rig) {
      await rig.until('it waits', async () => {
        const { events } = await build.fetchHistory();
        const timer = events?.findLast((event) => event.timerStartedEventAttributes != null);
        return Number(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds) === pause;
      });
      const { publish } = fakes.inputs('deliverResults')[0] ?? assert.fail();
      assert.ok(publish);
      await build.signal(requestAnsweredSignal, { requestId: publish.requestId, failure: null });
    },
    async expect({ outcome, fakes, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('deliverResults').length, 1);
      assert.equal((await build.query(buildStatusQuery)).stage, 'ended');
    },
  };
}

/** Answers of repositories that take their time, or get lost. */
export const ANSWER_SCENARIOS: readonly BuildScenario[] = [
  heldByOperator('publishing-held-by-an-operator', 1, 60),
  heldByOperator('publishing-held-is-asked-for-four-times-a-day', 600, 6 * 3600),
  {
    name: 'publish-request-lost-again-and-again',
    taskId: TASK,
    durations: { resend: 0.2 },
    world(client) {
      let sent = 0;
      return {
        deliverResults: async ({ publish }) => {
          if (++sent === 4) await answer(client, publish?.requestId ?? '');
        },
      };
    },
    async expect({ outcome, fakes, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(new Set(fakes.inputs('deliverResults').map(({ publish }) => publish?.requestId)).size, 1);
      const { events } = await build.fetchHistory();
      const pauses = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
        timer == null ? [] : [Math.round((timer.startToFireTimeout?.nanos ?? 0) / 1e6)],
      );
      assert.deepEqual(pauses, [200, 400, 800], 'each time after twice the pause');
    },
  },
];
