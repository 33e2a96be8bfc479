import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  Client,
  WorkflowFailedError,
  WorkflowHandle,
  WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { ActionOutcome, ActionPlan, WorkList } from '../../src/contracts/action/action.js';
import type { FailureFact } from '../../src/contracts/failures/failure-codes.js';
import {
  projectWorkRequestedSignal,
  requestAnsweredSignal,
  lockReleasedSignal,
  locksQuery,
  type ProjectWork,
} from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { action } from '../../src/workflows/action/action.js';
import type { emptyTrash } from '../../src/workflows/project/empty-trash.js';
import type { project } from '../../src/workflows/project/project.js';
import type { build } from '../../src/workflows/build/build.js';
import { outcomeOf } from '../support/outcome-of.js';
import { fakeActivities, untilStopped } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { type Rig, SHORT, terminate, withRig } from '../support/workflow-rig.js';

export type ActionScenario = {
  readonly name: string;
  readonly plan: ActionPlan;
  readonly eventLimit?: number;
  readonly world?: (client: Client) => Partial<Activities>;
  readonly expect: (outcome: ActionOutcome, fakes: ReturnType<typeof fakeActivities>) => void;
};

function inline<T>(items: readonly T[]): WorkList<T> {
  return { items, file: null };
}

/** A character of each length in UTF-8, and of each part of its range that is counted in another way: 15 bytes. */
const ONE_OF_EACH_LENGTH = 'aéжअ語𐌰';

const PROJECT = { owner: 'jdoe', project: 'hello' };

const repositories = inline(
  ['custom-1-x86_64', 'custom-2-x86_64'].map((chroot) => ({
    repository: { owner: 'jdoe', dirname: 'hello', chroot },
    change: repositoryChange('full'),
  })),
);

/** Answers a request of the workflow that called this activity. */
export async function answer(client: Client, requestId: string, failure: FailureFact | null = null): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  await client.workflow.getHandle(run.workflowId, run.runId).signal(requestAnsweredSignal, { requestId, failure });
}

export const ACTION_SCENARIOS: readonly ActionScenario[] = [
  {
    name: 'action-createrepo-all-answered',
    plan: { type: 'createrepo', requests: repositories },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-createrepo-one-failed',
    plan: { type: 'createrepo', requests: repositories },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        const failure = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;
        for (const [index, { requestId }] of requests.entries())
          await answer(client, requestId, index === 1 ? failure : null);
      },
    }),
    expect: (outcome) =>
      assert.deepEqual(outcome, { result: 'failed', message: 'RepositoryFailed: createrepo_c exited with 1' }),
  },
  {
    name: 'action-key-made',
    plan: { type: 'gen_gpg_key', project: { owner: 'jdoe', project: 'hello' }, sign: true },
    world: (client) => ({ requestKey: ({ requestId }) => answer(client, requestId) }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-key-not-wanted',
    plan: { type: 'gen_gpg_key', project: { owner: 'jdoe', project: 'hello' }, sign: false },
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-createrepo-of-many-directories',
    plan: {
      type: 'createrepo',
      requests: { items: null, file: { file: '5=requests=x.json', count: 220, sha256: 'x' } },
    },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-createrepo-begins-anew-between-rounds',
    plan: {
      type: 'createrepo',
      requests: { items: null, file: { file: '5=requests=x.json', count: 120, sha256: 'x' } },
    },
    eventLimit: 1,
    world: (client) => ({
      requestListed: async ({ requests }) => {
        const failure = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;
        for (const { requestId, index } of requests)
          await answer(client, requestId, [7, 119].includes(index) ? { ...failure, message: `of ${index}` } : null);
      },
    }),
    expect: (outcome) =>
      assert.deepEqual(outcome, { result: 'failed', message: 'RepositoryFailed: of 7; RepositoryFailed: of 119' }),
  },
  {
    name: 'action-createrepo-that-fails-in-many-directories',
    plan: {
      type: 'createrepo',
      requests: { items: null, file: { file: '5=requests=x.json', count: 120, sha256: 'x' } },
    },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId, index } of requests) {
          const message = `of ${index}: ${ONE_OF_EACH_LENGTH.repeat(35)}`;
          await answer(client, requestId, index < 12 ? { code: 'RepositoryFailed', message } : null);
        }
      },
    }),
    expect(outcome) {
      assert.ok(outcome.result === 'failed');
      assert.match(outcome.message, /^RepositoryFailed: of 0: .*; RepositoryFailed: of 1: /);
      assert.ok(Buffer.byteLength(outcome.message) > 990 && Buffer.byteLength(outcome.message) <= 1000);
      assert.equal(Buffer.from(outcome.message).toString(), outcome.message, 'no half of a character is reported');
    },
  },
  {
    name: 'action-delete-builds-with-many-files-beside',
    plan: {
      type: 'deleteBuilds',
      requests: repositories,
      loose: { owner: 'jdoe', paths: { items: null, file: { file: '5=loose=x.json', count: 900, sha256: 'x' } } },
    },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect(outcome, fakes) {
      assert.deepEqual(outcome, { result: 'succeeded' });
      assert.deepEqual(
        fakes.inputs('discard').map(({ what }) => what.kind),
        ['paths'],
      );
    },
  },
  {
    name: 'action-delete-builds',
    plan: {
      type: 'deleteBuilds',
      requests: repositories,
      loose: { owner: 'jdoe', paths: inline(['hello/srpm-builds/00000007']) },
    },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-delete-project-under-its-lock-slice-by-slice',
    plan: { type: 'deleteProject', project: PROJECT, directories: inline([{ owner: 'jdoe', dirname: 'hello' }]) },
    world: (client) => {
      let slices = 0;
      return {
        requestLock: ({ requestId }) => answer(client, requestId),
        discard: () => Promise.resolve({ removed: 10_000, done: (slices += 1) === 3 }),
      };
    },
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-delete-chroot-fails-and-releases-its-lock',
    plan: { type: 'deleteChroot', project: PROJECT, chroot: 'custom-1-x86_64' },
    world: (client) => ({
      requestLock: ({ requestId }) => answer(client, requestId),
      discard: () => Promise.reject(ApplicationFailure.nonRetryable('it lies behind a link', 'StorageFailed')),
    }),
    expect: (outcome) =>
      assert.deepEqual(outcome, { result: 'failed', message: 'StorageFailed: it lies behind a link' }),
  },
  {
    name: 'action-remove-dirs',
    plan: { type: 'removeDirs', projects: [PROJECT], directories: inline([{ owner: 'jdoe', dirname: 'hello:pr:7' }]) },
    world: (client) => ({ requestLock: ({ requestId }) => answer(client, requestId) }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-update-comps',
    plan: {
      type: 'updateComps',
      repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
      urlPath: '/c/',
    },
    world: (client) => ({
      requestListed: async ({ list, requests }) => {
        assert.deepEqual(list.items?.[0]?.change.kind, 'reread');
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-update-comps-that-changes-nothing',
    plan: {
      type: 'updateComps',
      repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
      urlPath: null,
    },
    world: () => ({ installComps: () => Promise.resolve({ needsPublication: false }) }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-build-module',
    plan: {
      type: 'buildModule',
      modulemd: { items: null, file: { file: '5=modulemd=x.json', count: 1, sha256: 'x' } },
      builds: inline([7]),
      requests: repositories,
    },
    world: (client) => ({
      requestListed: async ({ requests }) => {
        for (const { requestId } of requests) await answer(client, requestId);
      },
    }),
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-legal-flag',
    plan: { type: 'nothing', why: 'a legal flag' },
    expect: (outcome) => assert.deepEqual(outcome, { result: 'succeeded' }),
  },
  {
    name: 'action-refused',
    plan: { type: 'refused', failure: { code: 'ActionUnsupported', message: 'action type 1 is not known' } },
    expect: (outcome) =>
      assert.deepEqual(outcome, { result: 'failed', message: 'ActionUnsupported: action type 1 is not known' }),
  },
];

export async function runActionScenario(scenario: ActionScenario): Promise<WorkflowHandle<typeof action>> {
  const { client } = await temporal();
  const fakes = fakeActivities({ ...scenario.world?.(client), beginAction: () => Promise.resolve(scenario.plan) });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof action>('action', {
      workflowId: `action/${scenario.name}-${rig.storage}`,
      taskQueue: rig.queue,
      args: [
        {
          ...{ actionId: 5, storage: rig.storage, durations: SHORT },
          ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }),
        },
      ],
    });
    const outcome = await outcomeOf<ActionOutcome>(handle);
    assert.ok(outcome !== 'canceled');
    scenario.expect(outcome, fakes);
    assert.equal(fakes.inputs('beginAction').length, 1, 'read once');
    assert.deepEqual(
      fakes.inputs('finishAction').map(({ outcome }) => outcome.result),
      [outcome.result],
      'reported once',
    );
    await assertSmallHistories(client, handle);
    return handle;
  });
}

/** Whatever an action does, none of its runs has a history that a person would wait for. */
async function assertSmallHistories(
  client: Client,
  handle: { readonly workflowId: string; readonly firstExecutionRunId: string },
): Promise<void> {
  const sizes: number[] = [];
  let runId = handle.firstExecutionRunId;
  while (runId !== '') {
    const run: WorkflowHandle = client.workflow.getHandle(handle.workflowId, runId);
    sizes.push(Number((await run.describe()).raw.workflowExecutionInfo?.historySizeBytes ?? Number.NaN));
    const last = (await run.fetchHistory()).events?.at(-1);
    runId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
  }
  assert.ok(
    sizes.every((size) => size <= 100 * 1024),
    `bytes of its histories: ${sizes.join(', ')}`,
  );
}

/** However many wait for a project's key, it is made once. */
export async function runProjectScenario(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  let made: (() => void) | undefined;
  const fakes = fakeActivities({ ensureKey: () => new Promise<void>((resolve) => (made = resolve)) });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof project>('project', {
      workflowId: `project/one-key/${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ project: { owner: 'jdoe', project: 'hello' }, storage: rig.storage, durations: SHORT, carried: null }],
    });
    for (const requestId of ['a', 'b', 'c']) {
      await handle.signal(projectWorkRequestedSignal, {
        ...{ requestId, workflowId: `nobody-${rig.storage}`, runId: '' },
        work: { kind: 'ensureKey', dirname: 'hello' },
      });
    }
    await rig.until('the key is asked for', () => made !== undefined);
    made?.();
    await handle.result();
    assert.equal(fakes.inputs('ensureKey').length, 1);
    return handle;
  });
}

/** Locks come one at a time in the order asked for; who is gone holds nobody up, and a key does not wait for a lock. */
export async function runLocksScenario(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  const fakes = fakeActivities({ acquireBuilder: () => untilStopped() });
  return withRig(fakes.activities, async (rig) => {
    // Workflows that run and can be told something.
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) =>
        client.workflow.start<typeof build>('build', {
          workflowId: `build/lock-${name}-${rig.storage}`,
          taskQueue: rig.queue,
          args: [{ taskId: '7-custom-1-x86_64', storage: rig.storage, durations: SHORT }],
        }),
      ),
    );
    assert.ok(first !== undefined && second !== undefined);
    const handle = await client.workflow.start<typeof project>('project', {
      workflowId: `project/locks/${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ project: { owner: 'jdoe', project: 'hello' }, storage: rig.storage, durations: SHORT, carried: null }],
    });
    const ask = (workflowId: string, runId: string, work: ProjectWork): Promise<void> =>
      handle.signal(projectWorkRequestedSignal, { requestId: workflowId, workflowId, runId, work });
    const holder = async (): Promise<string | undefined> => (await handle.query(locksQuery)).locks[0]?.workflowId;
    await ask('action/gone', '', { kind: 'lock', purpose: 'of somebody who is over' });
    await ask(first.workflowId, first.firstExecutionRunId, { kind: 'lock', purpose: 'delete' });
    await ask(second.workflowId, second.firstExecutionRunId, { kind: 'lock', purpose: 'fork' });
    await rig.until('the first has its lock', async () => (await holder()) === first.workflowId);
    await ask('action/key', '', { kind: 'ensureKey', dirname: 'hello' });
    await rig.until('the key is made', () => fakes.inputs('ensureKey').length === 1);
    assert.deepEqual((await handle.query(locksQuery)).waiting, [
      { workflowId: second.workflowId, purpose: 'fork', shared: false },
    ]);
    await handle.signal(lockReleasedSignal, { requestId: first.workflowId });
    await rig.until('the second has its lock', async () => (await holder()) === second.workflowId);
    // Terminated with its lock: found out by the look that the project takes now and then.
    await Promise.all([terminate(first), terminate(second)]);
    await handle.result();
    return handle;
  });
}

/**
 * Those who only read a project have their locks side by side; who writes waits for all of them, and no reader that asks
 * later overtakes it. Readers that are gone hold nobody up.
 */
export async function runReadersScenario(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  return withRig(fakeActivities().activities, async (rig) => {
    // Somebody who can be told, and whom no worker runs.
    const requester = await client.workflow.start('requester', {
      ...{ workflowId: `requester/${rig.storage}`, taskQueue: `${rig.queue}-nobody`, args: [] },
      workflowExecutionTimeout: '10m',
    });
    const handle = await client.workflow.start<typeof project>('project', {
      workflowId: `project/readers/${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ project: PROJECT, storage: rig.storage, durations: SHORT, carried: null }],
    });
    const { workflowId, firstExecutionRunId: runId } = requester;
    const ask = (purpose: string, shared: boolean): Promise<void> => {
      const work: ProjectWork = { kind: 'lock', purpose, ...(shared ? { shared } : {}) };
      return handle.signal(projectWorkRequestedSignal, { requestId: purpose, workflowId, runId, work });
    };
    const end = (requestId: string): Promise<void> => handle.signal(lockReleasedSignal, { requestId });
    const have = (...purposes: string[]): Promise<void> =>
      rig.until(`locks of ${purposes.join(', ')}`, async () => {
        const { locks } = await handle.query(locksQuery);
        return locks.map(({ purpose }) => purpose).join() === purposes.join();
      });
    await ask('fork', true);
    await ask('another fork', true);
    await have('fork', 'another fork');
    await ask('delete', false);
    await ask('a late fork', true);
    await end('fork');
    await have('another fork');
    const { waiting } = await handle.query(locksQuery);
    assert.deepEqual(
      waiting.map(({ purpose, shared }) => [purpose, shared]),
      [
        ['delete', false],
        ['a late fork', true],
      ],
    );
    await end('another fork');
    await have('delete');
    await ask('the last fork', true);
    await end('delete');
    await have('a late fork', 'the last fork');
    await requester.terminate();
    await handle.result();
    return handle;
  });
}

/** While the signer is down for days, a project continues as new, grants locks, and still makes the key in the end. */
export async function runSignerDownScenario(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  let isDown = true;
  const fakes = fakeActivities({
    ensureKey: () => (isDown ? Promise.reject(new Error('the signer is down')) : Promise.resolve()),
  });
  return withRig(fakes.activities, async (rig) => {
    // Somebody who can be told, and whom no worker runs.
    const requester = await client.workflow.start('requester', {
      ...{ workflowId: `requester/${rig.storage}`, taskQueue: `${rig.queue}-nobody`, args: [] },
      workflowExecutionTimeout: '10m',
    });
    const { workflowId, firstExecutionRunId: runId } = requester;
    const input = { project: PROJECT, storage: rig.storage, durations: { ...SHORT, linger: 3 }, carried: null };
    const handle = await client.workflow.start<typeof project>('project', {
      workflowId: `project/signer-down/${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ ...input, eventLimit: 60 }],
    });
    const ask = (requestId: string, work: ProjectWork): Promise<void> =>
      handle.signal(projectWorkRequestedSignal, { requestId, workflowId, runId, work });
    await ask('key', { kind: 'ensureKey', dirname: 'hello' });
    await rig.until('the key is asked for', () => fakes.inputs('ensureKey').length > 0);
    for (const purpose of ['delete', 'fork', 'rename', 'branch', 'remove', 'delete it all']) {
      await ask(purpose, { kind: 'lock', purpose });
      await rig.until('the lock', async () => (await handle.query(locksQuery)).locks[0]?.purpose === purpose);
      assert.equal((await handle.query(locksQuery)).keysWaiting, 1);
      await handle.signal(lockReleasedSignal, { requestId: purpose });
    }
    assert.notEqual((await handle.describe()).runId, handle.firstExecutionRunId, 'it has begun anew');
    isDown = false;
    await rig.until('the key is made', async () => (await handle.query(locksQuery)).keysWaiting === 0);
    await handle.result();
    await requester.terminate();
    return handle;
  });
}

/** A round in the trash, a slice at a time; it continues as new when its history is long enough. */
export async function runTrashScenario(): Promise<WorkflowHandle<typeof emptyTrash>> {
  const slices = [50_000, 50_000, 50_000, 7];
  const fakes = fakeActivities({
    emptyTrash: () => {
      const removed = slices[fakes.inputs('emptyTrash').length - 1] ?? 0;
      return Promise.resolve({ removed, done: removed < 50_000 });
    },
  });
  return withRig(fakes.activities, async (rig) => {
    const handle = await startTrashRound(rig, { eventLimit: 10 });
    assert.deepEqual(await handle.result(), { removed: 150_007 });
    assert.notEqual((await handle.describe()).runId, handle.firstExecutionRunId, 'it has begun anew');
    return handle;
  });
}

/** A round that a defect ends says so, for its Schedule begins the next one in any case. */
export async function runFailingTrashScenario(): Promise<WorkflowHandle<typeof emptyTrash>> {
  const fakes = fakeActivities({
    emptyTrash: () => Promise.reject(ApplicationFailure.nonRetryable('x is undefined', 'BackendDefect')),
  });
  return withRig(fakes.activities, async (rig) => {
    const handle = await startTrashRound(rig, {});
    await assert.rejects(handle.result(), (error: WorkflowFailedError) => {
      assert.match(String(error.cause?.cause), /x is undefined/);
      return true;
    });
    return handle;
  });
}

async function startTrashRound(
  rig: Rig,
  rest: { readonly eventLimit?: number },
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof emptyTrash>> {
  const { client } = await temporal();
  return client.workflow.start<typeof emptyTrash>('emptyTrash', {
    workflowId: `trash/${rig.storage}`,
    taskQueue: rig.queue,
    args: [{ storage: rig.storage, durations: SHORT, ...rest }],
  });
}
