import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { PruneInput } from '../../src/contracts/inputs.js';
import {
  pauseSignal,
  pruneStatusQuery,
  requestAnsweredSignal,
  requestDelayedSignal,
  type RequestAnswer,
} from '../../src/contracts/messages.js';
import type { PruneStatus, PruneStep, PruneStepInput } from '../../src/contracts/prune/prune.js';
import type { pruneResults } from '../../src/workflows/prune/prune-results.js';
import { fakeActivities, type Recorded } from '../support/fake-activities.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';
import { temporal } from '../support/temporal.js';

type Prune = WorkflowHandle<typeof pruneResults>;

/** A plan of so many directories, ten lines in each. */
const LINES = 10;

type World = {
  readonly rig: Rig;
  readonly handle: Prune;
  readonly asked: () => readonly PruneStepInput[];
  readonly calls: readonly Recorded[];
  readonly answer: (step: number, failure?: RequestAnswer['failure']) => Promise<void>;
  readonly status: () => Promise<PruneStatus>;
};

/** One path through a prune run. */
export type PruneScenario = {
  readonly name: string;
  readonly directories: number;
  readonly parallel?: number;
  readonly eventLimit?: number;
  /** Seconds; `SHORT` says another number. */
  readonly resend?: number;
  /** The difference of the nth step, from 0. */
  readonly step?: (index: number, attempt: number) => Partial<PruneStep> | Error;
  readonly run: (world: World) => Promise<void>;
};

export const PRUNE_SCENARIOS: readonly PruneScenario[] = [
  {
    name: 'prune-carries-out-a-plan',
    directories: 3,
    parallel: 2,
    async run({ rig, handle, asked, answer, status, calls }) {
      await rig.until('two directories are under way', async () => (await status()).underWay.length === 2);
      assert.equal(asked().length, 2);
      await answer(0);
      await rig.until('the third follows', () => asked().length === 3);
      await answer(1);
      await answer(2);
      assert.deepEqual(await handle.result(), { result: 'succeeded', gone: 30, kept: 0, failed: 0, finished: 1 });
      const { input } = calls.find(({ name }) => name === 'reportFinalPrune') ?? assert.fail();
      assert.deepEqual((input as { unwell: unknown }).unwell, []);
    },
  },
  {
    name: 'prune-pauses-after-what-is-under-way',
    directories: 2,
    parallel: 1,
    async run({ rig, handle, asked, answer, status }) {
      await rig.until('the first is under way', () => asked().length === 1);
      await handle.signal(pauseSignal, { by: 'an operator' });
      await rig.until('it is pausing', async () => (await status()).stage === 'pausing');
      await answer(0);
      await rig.until('it is paused', async () => (await status()).stage === 'paused');
      assert.deepEqual([(await status()).gone, (await status()).pausedBy], [10, 'an operator']);
      assert.equal(asked().length, 1);
      await handle.signal(pauseSignal, { by: null });
      await rig.until('the second is under way', () => asked().length === 2);
      await answer(1);
      assert.equal((await handle.result()).gone, 20);
    },
  },
  {
    name: 'prune-says-what-failed-and-goes-on',
    directories: 4,
    parallel: 4,
    step: (index) => (index === 3 ? { asked: 0, kept: LINES, unfinished: 'held at generation 7' } : {}),
    async run({ rig, handle, asked, answer, status, calls }) {
      await rig.until('all were asked', () => asked().length === 4);
      await answer(0, { code: 'RepositoryFailed', message: 'createrepo_c failed' });
      const { requestId } = asked()[1] ?? assert.fail();
      await handle.signal(requestDelayedSignal, {
        requestId,
        waitingFor: { reason: 'held', detail: 'by an operator' },
      });
      await answer(2);
      assert.deepEqual(await handle.result(), { result: 'incomplete', gone: 10, kept: 10, failed: 20, finished: 1 });
      const { troubles } = await status();
      assert.deepEqual(troubles.map(({ where }) => where).toSorted(), ['o/d/c0', 'o/d/c1', 'o/d/c3']);
      const { input } = calls.find(({ name }) => name === 'reportFinalPrune') ?? assert.fail();
      assert.deepEqual((input as { unwell: readonly string[] }).unwell.toSorted(), ['c0', 'c1', 'c3']);
    },
  },
  {
    name: 'prune-asks-again-for-a-lost-answer',
    directories: 1,
    step: (_, attempt) => (attempt === 0 ? {} : { asked: 0, gone: LINES }),
    async run({ handle, asked }) {
      assert.deepEqual((await handle.result()).gone, 10, 'what is found to be gone is not counted twice');
      assert.equal(asked().length, 2);
      assert.equal(asked()[0]?.requestId, asked()[1]?.requestId);
    },
  },
  {
    name: 'prune-asks-for-a-lost-answer-more-and-more-seldom',
    directories: 1,
    resend: 0.2,
    step: (_, attempt) => (attempt < 3 ? {} : { asked: 0, gone: LINES }),
    async run({ handle, asked }) {
      assert.deepEqual((await handle.result()).gone, 10);
      assert.equal(asked().length, 4);
      const { events } = await handle.fetchHistory();
      const pauses = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
        timer == null ? [] : [Math.round((timer.startToFireTimeout?.nanos ?? 0) / 1e6)],
      );
      assert.deepEqual(pauses, [200, 400, 800]);
    },
  },
  {
    name: 'prune-ends-with-a-plan-that-is-gone-meanwhile',
    directories: 1,
    step: (_, attempt) =>
      attempt === 0
        ? {}
        : ApplicationFailure.create({ message: 'the plan is gone', type: 'PlanInvalid', nonRetryable: true }),
    async run({ handle, calls }) {
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.ok(!calls.some(({ name }) => name === 'reportFinalPrune'));
    },
  },
  {
    name: 'prune-of-many-held-directories',
    directories: 45,
    eventLimit: 255,
    step: (index) => ({ asked: 0, kept: LINES, unfinished: `held at generation ${index}` }),
    async run({ handle, status }) {
      const { runId: first } = await handle.describe();
      assert.deepEqual(await handle.result(), { result: 'incomplete', gone: 0, kept: 450, failed: 0, finished: 1 });
      assert.notEqual((await handle.describe()).runId, first, 'it has begun anew');
      const { troubles, troubleCount, unwell } = await status();
      assert.deepEqual([troubles.length, troubleCount, unwell.length], [20, 45, 45]);
      assert.equal(troubles.at(-1)?.failure.message, 'held at generation 44');
    },
  },
  {
    name: 'prune-begins-anew-with-its-place-in-the-plan',
    directories: 4,
    parallel: 1,
    eventLimit: 15,
    async run({ rig, handle, asked, answer }) {
      const { runId: first } = await handle.describe();
      for (let step = 0; step < 4; step += 1) {
        await rig.until(`step ${step} was asked`, () => asked().length === step + 1);
        await answer(step);
      }
      assert.equal((await handle.result()).gone, 40);
      assert.notEqual((await handle.describe()).runId, first);
      assert.deepEqual(
        asked().map(({ at }) => at.line),
        [0, 1, 2, 3],
      );
    },
  },
  {
    // The answer goes to the run that asked and is over: it is found out by asking again.
    name: 'prune-begins-anew-while-a-repository-takes-its-time',
    directories: 4,
    parallel: 2,
    eventLimit: 25,
    step: (index, attempt) => (index === 0 && attempt > 1 ? { asked: 0, gone: LINES } : {}),
    async run({ rig, handle, asked, answer }) {
      const { runId: first } = await handle.describe();
      for (const line of [1, 2, 3]) {
        const step = (): number => asked().findLastIndex(({ at }) => at.line === line);
        await rig.until(`line ${line} was asked for`, () => step() >= 0);
        await answer(step());
      }
      assert.deepEqual(await handle.result(), { result: 'succeeded', gone: 40, kept: 0, failed: 0, finished: 1 });
      assert.notEqual((await handle.describe()).runId, first);
      assert.ok(asked().filter(({ at }) => at.line === 0).length > 1, 'what took its time was asked for again');
    },
  },
  {
    name: 'prune-ends-with-a-broken-plan',
    directories: 1,
    step: () => ApplicationFailure.create({ message: 'the plan is gone', type: 'PlanInvalid', nonRetryable: true }),
    async run({ handle, calls }) {
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.ok(!calls.some(({ name }) => name === 'reportFinalPrune'));
    },
  },
  {
    name: 'prune-canceled-begins-nothing-new',
    directories: 3,
    parallel: 1,
    async run({ rig, handle, asked, calls }) {
      await rig.until('the first is under way', () => asked().length === 1);
      await handle.cancel();
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.equal(asked().length, 1);
      assert.ok(!calls.some(({ name }) => name === 'reportFinalPrune'));
    },
  },
];

export async function runPruneScenario(scenario: PruneScenario): Promise<Prune> {
  const { client } = await temporal();
  const attempts = new Map<number, number>();
  const fakes = fakeActivities({
    requestPruning: ({ at }) => {
      const index = at.line;
      const attempt = attempts.get(index) ?? 0;
      attempts.set(index, attempt + 1);
      const special = scenario.step?.(index, attempt) ?? {};
      if (special instanceof Error) return Promise.reject(special);
      return Promise.resolve({
        ...{ repository: { owner: 'o', dirname: 'd', chroot: `c${index}` }, asked: LINES, gone: 0, kept: 0 },
        ...{ unfinished: null, next: index + 1 < scenario.directories ? { section: null, line: index + 1 } : null },
        ...special,
      });
    },
    reportFinalPrune: () => Promise.resolve({ finished: 1 }),
  });
  return withRig(fakes.activities, async (rig) => {
    const input: PruneInput = {
      plan: { file: 'x.plan', count: scenario.directories * LINES, sha256: 'x' },
      ...{ parallel: scenario.parallel ?? 2, stepLines: LINES },
      ...{ storage: rig.storage, carried: null },
      durations: { ...SHORT, resend: scenario.resend ?? SHORT.resend },
      ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }),
    };
    const handle: Prune = await client.workflow.start<typeof pruneResults>('pruneResults', {
      ...{ workflowId: `prune/${rig.storage}`, taskQueue: rig.queue, args: [input] },
    });
    await scenario.run({
      rig,
      handle,
      calls: fakes.calls,
      asked: () => fakes.inputs('requestPruning'),
      answer: (step, failure = null) => {
        const { requestId } = fakes.inputs('requestPruning')[step] ?? assert.fail(`step ${step} was not asked`);
        return handle.signal(requestAnsweredSignal, { requestId, failure });
      },
      status: () => handle.query(pruneStatusQuery),
    });
    return handle;
  });
}
