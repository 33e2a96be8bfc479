import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { PruneAllInput } from '../../src/contracts/inputs.js';
import { pauseSignal } from '../../src/contracts/messages.js';
import type { Activities } from '../../src/contracts/activities.js';
import { pruneWorkflowId } from '../../src/contracts/names/ids.js';
import type { pruneAll } from '../../src/workflows/prune/prune-all.js';
import { fakeActivities, untilCanceled, type Recorded } from '../support/fake-activities.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';
import { temporal } from '../support/temporal.js';

type Round = WorkflowHandle<typeof pruneAll>;

const PLAN = { file: 'x.plan', count: 10, sha256: 'x' };
const CAPS = { share: 75, total: 1000 };

/** One path through a round of pruning. */
export type PruneAllScenario = {
  readonly name: string;
  readonly world?: Partial<Activities>;
  /** Somebody's `copr-prune-results` carries out another plan, paused, when the round begins. */
  readonly isBusy?: boolean;
  readonly run: (world: {
    readonly rig: Rig;
    readonly round: Round;
    /** The run of the plan. */
    readonly plan: WorkflowHandle;
    readonly calls: readonly Recorded[];
  }) => Promise<void>;
};

const planned = (): ReturnType<Activities['planPrune']> =>
  Promise.resolve({ result: 'planned', plan: PLAN, leftOut: 3 });
/** The plan's run is under way until somebody ends it. */
const pausedPlan = async ({ rig, plan }: { readonly rig: Rig; readonly plan: WorkflowHandle }): Promise<void> => {
  await rig.until('the plan is carried out', () =>
    plan.signal(pauseSignal, { by: 'an operator' }).then(
      () => true,
      () => false,
    ),
  );
};
/** Steps that repositories do not answer, so that the run of a plan goes on. */
const unanswered: Activities['requestPruning'] = () =>
  Promise.resolve({
    ...{ repository: { owner: 'o', dirname: 'd', chroot: 'c' }, asked: 10, gone: 0, kept: 0 },
    ...{ unfinished: null, next: null },
  });

/** Whether a workflow failed, and for this reason, however deep below it. */
const failsWith =
  (code: string) =>
  (error: unknown): boolean => {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof ApplicationFailure && cause.type === code) return error instanceof WorkflowFailedError;
    return false;
  };

export const PRUNE_ALL_SCENARIOS: readonly PruneAllScenario[] = [
  {
    name: 'prune-all-plans-and-has-the-plan-carried-out',
    world: {
      planPrune: planned,
      requestPruning: () =>
        Promise.resolve({
          ...{ repository: { owner: 'o', dirname: 'd', chroot: 'c' }, asked: 0, gone: 10, kept: 0 },
          ...{ unfinished: null, next: null },
        }),
      reportFinalPrune: () => Promise.resolve({ finished: 1 }),
    },
    async run({ round, calls }) {
      assert.deepEqual(await round.result(), {
        ...{ result: 'succeeded', leftOut: 3 },
        outcome: { result: 'succeeded', gone: 10, kept: 0, failed: 0, finished: 1 },
      });
      const inputOf = (name: keyof Activities): unknown => calls.find((call) => call.name === name)?.input;
      assert.deepEqual(inputOf('planPrune'), { days: 14, caps: CAPS, parallel: 2 });
      const { plan, lines } = inputOf('requestPruning') as { readonly plan: unknown; readonly lines: unknown };
      assert.deepEqual([plan, lines], [PLAN, 10]);
    },
  },
  {
    name: 'prune-all-finds-nothing',
    world: { planPrune: () => Promise.resolve({ result: 'nothing', leftOut: 1 }) },
    async run({ round, calls }) {
      assert.deepEqual(await round.result(), { result: 'nothing', leftOut: 1, outcome: null });
      assert.deepEqual(
        calls.map(({ name }) => name),
        ['planPrune'],
      );
    },
  },
  {
    name: 'prune-all-refuses-a-plan-that-is-too-large',
    world: {
      planPrune: () =>
        Promise.reject(ApplicationFailure.create({ message: 'too much', type: 'PlanTooLarge', nonRetryable: true })),
    },
    async run({ round, calls }) {
      await assert.rejects(round.result(), failsWith('PlanTooLarge'));
      assert.ok(!calls.some(({ name }) => name === 'requestPruning'));
    },
  },
  {
    name: 'prune-all-plans-nothing-beside-a-plan',
    world: { planPrune: () => Promise.resolve({ result: 'underWay' }) },
    async run({ round, calls }) {
      assert.deepEqual(await round.result(), { result: 'underWay', leftOut: 0, outcome: null });
      assert.deepEqual(
        calls.map(({ name }) => name),
        ['planPrune'],
      );
    },
  },
  {
    name: 'prune-all-canceled-while-it-plans',
    world: { planPrune: () => untilCanceled() },
    async run({ rig, round, calls }) {
      await rig.until('it plans', () => calls.some(({ name }) => name === 'planPrune'));
      await round.cancel();
      await assert.rejects(round.result(), WorkflowFailedError);
      assert.equal((await round.describe()).status.name, 'CANCELLED');
      assert.ok(!calls.some(({ name }) => name === 'requestPruning'));
    },
  },
  {
    // It began while this round surveyed.
    name: 'prune-all-leaves-a-plan-that-is-under-way-alone',
    isBusy: true,
    world: { planPrune: planned, requestPruning: unanswered },
    async run({ round, plan }) {
      assert.deepEqual(await round.result(), { result: 'underWay', leftOut: 3, outcome: null });
      assert.equal((await plan.describe()).status.name, 'RUNNING');
      await plan.terminate('the test is over');
    },
  },
  {
    name: 'prune-all-whose-plan-somebody-ends',
    world: { planPrune: planned, requestPruning: unanswered },
    async run({ rig, round, plan }) {
      await pausedPlan({ rig, plan });
      await plan.cancel();
      assert.deepEqual(await round.result(), { result: 'canceled', leftOut: 3, outcome: null });
    },
  },
  {
    name: 'prune-all-whose-plan-is-ended-while-the-frontend-is-down',
    world: {
      planPrune: planned,
      requestPruning: () =>
        untilCanceled().catch(() => {
          throw ApplicationFailure.create({ message: 'no answer', type: 'FrontendUnavailable' });
        }),
    },
    async run({ rig, round, plan, calls }) {
      await rig.until('a step is under way', () => calls.some(({ name }) => name === 'requestPruning'));
      await plan.cancel();
      assert.deepEqual(await round.result(), { result: 'canceled', leftOut: 3, outcome: null });
      assert.equal((await plan.describe()).status.name, 'CANCELLED');
    },
  },
  {
    name: 'prune-all-canceled-takes-its-plan-with-it',
    world: { planPrune: planned, requestPruning: unanswered },
    async run({ rig, round, plan }) {
      await pausedPlan({ rig, plan });
      await round.cancel();
      await assert.rejects(round.result(), WorkflowFailedError);
      assert.equal((await round.describe()).status.name, 'CANCELLED');
      assert.equal((await plan.describe()).status.name, 'CANCELLED');
    },
  },
  {
    name: 'prune-all-fails-with-its-plan',
    world: {
      planPrune: planned,
      requestPruning: () =>
        Promise.reject(ApplicationFailure.create({ message: 'gone', type: 'PlanInvalid', nonRetryable: true })),
    },
    async run({ round }) {
      await assert.rejects(round.result(), failsWith('PlanInvalid'));
    },
  },
];

export async function runPruneAllScenario(scenario: PruneAllScenario): Promise<Round> {
  const { client } = await temporal();
  const fakes = fakeActivities(scenario.world);
  return withRig(fakes.activities, async (rig) => {
    const shared = { parallel: 2, stepLines: 10, storage: rig.storage, durations: { ...SHORT, resend: 3600 } };
    const plan = client.workflow.getHandle(pruneWorkflowId(rig.storage));
    if (scenario.isBusy === true)
      await client.workflow.start('pruneResults', {
        ...{ workflowId: plan.workflowId, taskQueue: rig.queue, args: [{ ...shared, plan: PLAN, carried: null }] },
      });
    const input: PruneAllInput = { ...shared, days: 14, caps: CAPS };
    const round: Round = await client.workflow.start<typeof pruneAll>('pruneAll', {
      ...{ workflowId: `prune-all/${rig.storage}`, taskQueue: rig.queue, args: [input] },
    });
    await scenario.run({ rig, round, plan, calls: fakes.calls });
    return round;
  });
}
