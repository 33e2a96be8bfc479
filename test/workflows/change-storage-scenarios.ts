import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { FailureFact } from '../../src/contracts/failures/failure-codes.js';
import {
  deploymentChangedSignal,
  pauseSignal,
  requestAnsweredSignal,
  storageMoveStatusQuery,
  undoSignal,
} from '../../src/contracts/messages.js';
import type {
  MovedBatch,
  MoveStep,
  StorageMoveOutcome,
  StorageMoveStatus,
} from '../../src/contracts/project/storage-move.js';
import type { changeStorage } from '../../src/workflows/project/change-storage.js';
import { fakeActivities, untilCanceled, untilStopped } from '../support/fake-activities.js';
import { gate } from '../support/gate.js';
import { resultOrCanceled } from '../support/result-or-canceled.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Fakes = ReturnType<typeof fakeActivities>;
type Handle = WorkflowHandle<typeof changeStorage>;

export type ChangeStorageScenario = {
  readonly name: string;
  readonly world?: (client: Client) => Partial<Activities>;
  /** Seconds. */
  readonly soak?: number;
  readonly eventLimit?: number;
  /** While it runs. */
  readonly meanwhile?: (handle: Handle, rig: Rig, fakes: Fakes) => Promise<void>;
  readonly expect: (outcome: StorageMoveOutcome | 'canceled', status: StorageMoveStatus, fakes: Fakes) => void;
};

const project = { owner: 'jdoe', project: 'hello' };
const chroots = ['fedora-42-x86_64', 'fedora-43-x86_64'].map((chroot) => ({
  ...{ dirname: 'hello', chroot },
  ...{ packages: 4, bytes: 4000 },
}));
/** More than are asked at once. */
const MANY = Array.from({ length: 23 }, (_none, index) => ({
  ...{ dirname: 'hello', chroot: `fedora-${index + 10}-x86_64` },
  ...{ packages: 4, bytes: 4000 },
}));
const LONG = 3600;

async function answer(client: Client, requestId: string, failure: FailureFact | null = null): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  await client.workflow.getHandle(run.workflowId, run.runId).signal(requestAnsweredSignal, { requestId, failure });
}

function good(client: Client): Partial<Activities> {
  return {
    ...repositories(client, () => null),
    requestLock: ({ requestId }) => answer(client, requestId),
    planStorageMove: () => Promise.resolve({ chroots }),
    copyToPulp: ({ after }) => Promise.resolve(batch(after)),
  };
}

/** One of two batches. */
function batch(after: string | null): MovedBatch {
  return { after: after === null ? '00000002-b' : null, packages: 2, bytes: 2000 };
}

/** Repositories that answer each step as `failureOf` says. */
function repositories(
  client: Client,
  failureOf: (step: MoveStep, chroot: string) => FailureFact | null,
): Pick<Activities, 'requestRepositories'> {
  return {
    requestRepositories: async ({ requests }) => {
      for (const { requestId, change, repository } of requests)
        await answer(client, requestId, change.kind === 'move' ? failureOf(change.step, repository.chroot) : null);
    },
  };
}

/** The calls that the world sees, in order. */
function story({ calls, inputs }: Fakes): readonly string[] {
  const taken = new Map<string, number>();
  return calls.flatMap(({ name }) => {
    const index = taken.get(name) ?? 0;
    taken.set(name, index + 1);
    if (name === 'requestRepositories')
      return (inputs(name)[index]?.requests ?? []).map(({ change, repository }) =>
        change.kind === 'move' ? `${change.step} ${repository.chroot.slice(7, 9)}` : change.kind,
      );
    if (name === 'routeProject') return [`route ${String(inputs(name)[index]?.store)}`];
    if (name === 'announceStorage') return [`announce ${String(inputs(name)[index]?.store)}`];
    return name === 'requestLock' ? ['lock'] : [];
  });
}

const BOTH = (step: MoveStep): readonly string[] => [`${step} 42`, `${step} 43`];
const INCOMPLETE: FailureFact = { code: 'StorageMoveIncomplete', message: 'Pulp lacks 1 package' };

const soaking = (handle: Handle, rig: Rig): Promise<void> =>
  rig.until('it soaks', async () => (await handle.query(storageMoveStatusQuery)).stage === 'soaking');

export const CHANGE_STORAGE_SCENARIOS: readonly ChangeStorageScenario[] = [
  {
    name: 'change-storage-copies-cuts-over-and-retires',
    soak: 0,
    expect: (outcome, status, fakes) => {
      assert.deepEqual(outcome, { result: 'succeeded', message: null });
      assert.deepEqual(status.done, { packages: 8, bytes: 8000 });
      assert.deepEqual(story(fakes), [
        ...BOTH('mirror'),
        'lock',
        ...BOTH('mirror'),
        // From here on the tree does not change, so nothing is missed when its metadata are put aside.
        'route pulp',
        ...BOTH('leaveTree'),
        'announce pulp',
        'lock',
        ...BOTH('retire'),
        'route null',
      ]);
    },
  },
  {
    name: 'change-storage-begins-anew-where-it-was',
    soak: 1,
    eventLimit: 5,
    expect: (outcome, status, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'succeeded');
      assert.deepEqual(status.done, { packages: 8, bytes: 8000 });
      assert.equal(story(fakes).filter((line) => line === 'route pulp').length, 1);
    },
  },
  {
    name: 'change-storage-is-undone-while-it-soaks',
    soak: LONG,
    meanwhile: async (handle, rig) => {
      await soaking(handle, rig);
      await handle.signal(undoSignal, { by: 'operator' });
    },
    expect: (outcome, status, fakes) => {
      assert.deepEqual(outcome, { result: 'undone', message: 'wanted by operator' });
      assert.equal(status.isCutOver, false);
      assert.deepEqual(story(fakes).slice(-6), [
        // Clients first: nothing that may take long is between the wish and this.
        ...BOTH('returnToTree'),
        'route tree',
        'announce tree',
        ...BOTH('catchUp'),
      ]);
    },
  },
  {
    name: 'change-storage-pauses-and-is-undone-before-its-cut-over',
    world: whileCopying,
    meanwhile: async (handle, rig, fakes) => {
      await pauseWhileCopying(handle, rig, fakes);
      await handle.signal(undoSignal, { by: 'operator' });
    },
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'undone');
      assert.equal(fakes.inputs('copyToPulp').length, 1, 'it was paused');
      assert.deepEqual(story(fakes), [], 'nobody had to be told anything');
    },
  },
  {
    // It waits for a person, and then for a week: a version of the workers is not kept for either.
    name: 'change-storage-goes-on-in-another-version',
    soak: LONG,
    world: whileCopying,
    meanwhile: async (handle, rig, fakes) => {
      await pauseWhileCopying(handle, rig, fakes);
      await nextVersion(handle, rig);
      assert.equal((await handle.query(storageMoveStatusQuery)).paused, 'operator');
      await handle.signal(pauseSignal, { by: null });
      await soaking(handle, rig);
      await nextVersion(handle, rig);
      await handle.signal(undoSignal, { by: 'operator' });
    },
    expect: (outcome, status) => {
      assert.deepEqual(outcome, { result: 'undone', message: 'wanted by operator' });
      assert.deepEqual(status.done, { packages: 8, bytes: 8000 });
    },
  },
  {
    name: 'change-storage-paused-while-it-soaks-keeps-the-tree',
    soak: 1,
    world: () => ({
      announceStorage: async () => {
        await untilStopped(copying.passed);
        return { isKnown: true };
      },
    }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('the frontend is told', () => fakes.inputs('announceStorage').length === 1);
      await handle.signal(pauseSignal, { by: 'operator' });
      copying.open();
      await soaking(handle, rig);
      const until = Date.parse((await handle.query(storageMoveStatusQuery)).soakUntil ?? '');
      await rig.until('the soak is over', () => Date.now() > until + 1000);
      assert.deepEqual(
        story(fakes).filter((line) => line.startsWith('retire')),
        [],
      );
      await handle.signal(pauseSignal, { by: null });
    },
    expect: (outcome, _, fakes) => {
      assert.deepEqual(outcome, { result: 'succeeded', message: null });
      assert.deepEqual(story(fakes).slice(-3), [...BOTH('retire'), 'route null']);
    },
  },
  {
    name: 'change-storage-of-many-chroots',
    soak: 0,
    world: () => ({
      planStorageMove: () => Promise.resolve({ chroots: MANY }),
      copyToPulp: () => Promise.resolve({ after: null, packages: 4, bytes: 4000 }),
    }),
    expect: (outcome, _, fakes) => {
      assert.deepEqual(outcome, { result: 'succeeded', message: null });
      const asked = fakes.inputs('requestRepositories').map(({ requests }) => requests);
      const retired = asked.filter(([first]) => first?.change.kind === 'move' && first.change.step === 'retire');
      assert.deepEqual(
        retired.map((requests) => requests.length),
        [20, 3],
      );
    },
  },
  {
    name: 'change-storage-brings-what-came-meanwhile',
    soak: 0,
    world: (client) => {
      // Before the cut-over it gives up after five times; under the lock the fifth time is enough.
      const left = { mirror: 5, leaveTree: 4 };
      return repositories(client, (step) =>
        (step === 'mirror' || step === 'leaveTree') && left[step]-- > 0 ? INCOMPLETE : null,
      );
    },
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'succeeded');
      const told = story(fakes);
      const untilLock = told.slice(0, told.indexOf('lock'));
      assert.deepEqual(untilLock, [...Array<string>(4).fill('mirror 42'), ...BOTH('mirror')]);
      const left = told.filter((line) => line.startsWith('leaveTree'));
      assert.deepEqual(left, [...Array<string>(4).fill('leaveTree 42'), ...BOTH('leaveTree')]);
    },
  },
  {
    name: 'change-storage-that-cannot-be-cut-over-returns-to-the-tree',
    world: (client) => repositories(client, (step, chroot) => (isLate(step, chroot) ? INCOMPLETE : null)),
    expect: (outcome, status, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'StorageMoveIncomplete: Pulp lacks 1 package' });
      assert.deepEqual(status.problems, ['the cut-over was undone: StorageMoveIncomplete: Pulp lacks 1 package']);
      assert.deepEqual(story(fakes).slice(-6), [
        ...BOTH('returnToTree'),
        'route tree',
        'announce tree',
        ...BOTH('catchUp'),
      ]);
    },
  },
  {
    name: 'change-storage-refuses-a-project-without-metadata',
    world: () => ({ planStorageMove: () => Promise.resolve({ chroots: [] }) }),
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'failed');
      assert.match(outcome.message ?? '', /has it moved already/);
      assert.deepEqual(story(fakes), []);
    },
  },
  {
    name: 'change-storage-says-that-the-frontend-knows-no-such-project',
    soak: 0,
    world: () => ({ announceStorage: () => Promise.resolve({ isKnown: false }) }),
    expect: (outcome, status) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'succeeded');
      assert.match(status.problems.join(), /the frontend: .*no such project/);
    },
  },
  {
    name: 'change-storage-refused-by-the-frontend-returns-to-the-tree',
    world: () => ({
      announceStorage: ({ store }) =>
        store === 'pulp'
          ? Promise.reject(ApplicationFailure.nonRetryable('HTTP 403', 'FrontendRefused'))
          : Promise.resolve({ isKnown: true }),
    }),
    expect: (outcome, _, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'FrontendRefused: HTTP 403' });
      assert.ok(story(fakes).includes('returnToTree 43'));
    },
  },
  {
    name: 'change-storage-canceled',
    world: () => ({ copyToPulp: () => untilCanceled() }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('a batch is under way', () => fakes.inputs('copyToPulp').length === 1);
      await handle.cancel();
    },
    expect: (outcome, status, fakes) => {
      assert.equal(outcome, 'canceled');
      assert.equal(status.stage, 'ended');
      assert.deepEqual(story(fakes), []);
    },
  },
];

/** The second chroot never gets complete. */
function isLate(step: MoveStep, chroot: string): boolean {
  return step === 'leaveTree' && chroot === chroots[1]?.chroot;
}

/** It is told that the workers have another version, and goes on in a run of that. */
async function nextVersion(handle: Handle, rig: Rig): Promise<void> {
  const { runId } = await handle.describe();
  await handle.signal(deploymentChangedSignal);
  await rig.until('it has begun anew', async () => (await handle.describe()).runId !== runId);
}

let copying = gate();

/** No batch is done before the gate is open. */
function whileCopying(): Partial<Activities> {
  return {
    copyToPulp: async ({ after }) => {
      await untilStopped(copying.passed);
      return batch(after);
    },
  };
}

async function pauseWhileCopying(handle: Handle, rig: Rig, fakes: Fakes): Promise<void> {
  await rig.until('a batch is under way', () => fakes.inputs('copyToPulp').length === 1);
  await handle.signal(pauseSignal, { by: 'operator' });
  copying.open();
  await rig.until('it is counted', async () => (await handle.query(storageMoveStatusQuery)).done.packages === 2);
}

export async function runChangeStorageScenario(scenario: ChangeStorageScenario): Promise<Handle> {
  const { client } = await temporal();
  copying = gate();
  const fakes = fakeActivities({ ...good(client), ...scenario.world?.(client) });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof changeStorage>('changeStorage', {
      workflowId: `change-storage/${scenario.name}/${rig.storage}`,
      taskQueue: rig.queue,
      args: [
        {
          ...{ project, soak: scenario.soak ?? LONG, storage: rig.storage, durations: SHORT, carried: null },
          ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }),
        },
      ],
    });
    await scenario.meanwhile?.(handle, rig, fakes);
    const outcome = await resultOrCanceled(handle);
    scenario.expect(outcome, await handle.query(storageMoveStatusQuery), fakes);
    return handle;
  });
}
