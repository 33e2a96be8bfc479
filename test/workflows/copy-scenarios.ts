import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { type Client, type WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { ActionOutcome, ActionPlan, WorkList } from '../../src/contracts/action/action.js';
import { NOTHING_COPIED, type CopiedSlice, type Slice } from '../../src/contracts/project/copies.js';
import type { FailureCode, FailureFact } from '../../src/contracts/failures/failure-codes.js';
import { actionStatusQuery } from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { action } from '../../src/workflows/action/action.js';
import { outcomeOf } from '../support/outcome-of.js';
import { fakeActivities, untilCanceled } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';
import { answer } from './action-scenarios.js';

export type CopyScenario = { readonly name: string; readonly run: () => Promise<WorkflowHandle<typeof action>> };

const SOURCE = { owner: 'jdoe', project: 'hello' };
const FORK = { owner: 'alice', project: 'mine' };
const CHROOTS = ['custom-1-x86_64', 'custom-2-x86_64'];

function requestsOf(owner: string, dirname: string, chroots: readonly string[]) {
  const change = repositoryChange('full');
  return { items: chroots.map((chroot) => ({ repository: { owner, dirname, chroot }, change })), file: null };
}

function inFile<T>(count: number): WorkList<T> {
  return { items: null, file: { file: '5=builds=x.json', count, sha256: 'x' } };
}

function givenFork(builds: number, sign = true): ActionPlan {
  const requests = requestsOf('alice', 'mine', CHROOTS);
  return { type: 'fork', source: SOURCE, destination: FORK, builds: inFile(builds), requests, sign };
}

function givenRawhide(builds: number): ActionPlan {
  return {
    type: 'rawhideToRelease',
    project: SOURCE,
    dirname: 'hello:pr:7',
    ...{ from: 'custom-1-x86_64', to: 'custom-2-x86_64', builds: inFile<string>(builds) },
    requests: requestsOf('jdoe', 'hello:pr:7', ['custom-2-x86_64']),
  };
}

/** A slice that went well, of a list of so many. */
function slice({ first, atMost }: Slice, count: number, changed: Partial<CopiedSlice> = {}): CopiedSlice {
  const copied = Math.min(atMost, count - first);
  const next = first + copied < count ? first + copied : null;
  return { ...NOTHING_COPIED, copied, bytes: copied * 1024 ** 2, next, absent: [], failures: [], ...changed };
}

/** Turns, keys and repositories that answer at once; `failed` is what the second repository answers. */
function answering(client: Client, failed: FailureFact | null = null): Partial<Activities> {
  return {
    requestLock: ({ requestId }) => answer(client, requestId),
    requestKey: ({ requestId }) => answer(client, requestId),
    requestListed: async ({ requests }) => {
      for (const { requestId, index } of requests) await answer(client, requestId, index === 1 ? failed : null);
    },
  };
}

function refusal(code: FailureCode, message: string): () => Promise<never> {
  return () => Promise.reject(ApplicationFailure.nonRetryable(message, code));
}

type Fakes = ReturnType<typeof fakeActivities>;
type Handle = WorkflowHandle<typeof action>;

function scenario(
  name: string,
  plan: ActionPlan,
  world: (client: Client) => Partial<Activities>,
  expect: (outcome: ActionOutcome, fakes: Fakes, handle: Handle) => void | Promise<void>,
  meanwhile?: (handle: Handle, fakes: Fakes, rig: Rig) => Promise<void>,
): CopyScenario {
  const run = async (): Promise<Handle> => {
    const { client } = await temporal();
    const fakes = fakeActivities({ ...world(client), beginAction: () => Promise.resolve(plan) });
    return withRig(fakes.activities, async (rig) => {
      const handle = await client.workflow.start<typeof action>('action', {
        workflowId: `action/${name}-${rig.storage}`,
        taskQueue: rig.queue,
        args: [{ actionId: 5, storage: rig.storage, durations: SHORT }],
      });
      await meanwhile?.(handle, fakes, rig);
      const ended = await outcomeOf<ActionOutcome>(handle);
      const [reported, ...more] = fakes.inputs('finishAction');
      assert.ok(reported !== undefined && more.length === 0, 'reported once');
      if (ended !== 'canceled') assert.deepEqual(ended, reported.outcome);
      await expect(reported.outcome, fakes, handle);
      return handle;
    });
  };
  return { name, run };
}

export const COPY_SCENARIOS: readonly CopyScenario[] = [
  scenario(
    'action-fork-slice-by-slice',
    givenFork(120),
    (client) => ({
      ...answering(client),
      forkBuilds: (input) =>
        Promise.resolve(
          slice(
            input,
            120,
            input.first === 0 ? { copied: 48, missing: 2, absent: ['custom-1-x86_64/00000001-a'] } : {},
          ),
        ),
    }),
    (outcome, fakes) => {
      assert.deepEqual(outcome, {
        result: 'succeeded',
        note:
          '118 builds copied, 120.0 MiB more on disk; ' +
          '2 have no results in the source: custom-1-x86_64/00000001-a and 1 more',
      });
      assert.deepEqual(
        fakes.calls.map(({ name }) => name).filter((name) => !name.endsWith('Action')),
        ['requestLock', 'requestLock', 'openCopies', 'requestKey', 'forkBuilds', 'forkBuilds', 'requestListed'],
      );
      assert.deepEqual(
        fakes.inputs('requestLock').map(({ project, shared = false }) => [project.owner, shared]),
        [
          ['alice', false],
          ['jdoe', true],
        ],
      );
      assert.deepEqual(
        fakes.inputs('forkBuilds').map(({ first, atMost }) => [first, atMost]),
        [
          [0, 50],
          [50, 75],
        ],
      );
    },
  ),
  scenario('action-fork-without-signatures', givenFork(1, false), answering, (outcome, fakes) => {
    assert.deepEqual(outcome, { result: 'succeeded', note: '1 builds copied' });
    assert.equal(fakes.inputs('requestKey').length, 0);
  }),
  scenario(
    'action-fork-of-a-project-without-results',
    givenFork(3),
    (client) => ({ ...answering(client), openCopies: refusal('SourceMissing', 'jdoe/hello has no results here') }),
    (outcome, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'SourceMissing: jdoe/hello has no results here' });
      assert.equal(fakes.inputs('requestKey').length + fakes.inputs('requestListed').length, 0, 'nothing is made');
    },
  ),
  scenario(
    'action-fork-into-a-project-deleted-meanwhile',
    givenFork(3),
    (client) => ({ ...answering(client), openCopies: refusal('ProjectDeleted', 'alice/mine was deleted by action 9') }),
    (outcome, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'ProjectDeleted: alice/mine was deleted by action 9' });
      assert.equal(fakes.inputs('requestKey').length + fakes.inputs('requestListed').length, 0, 'nothing is made');
    },
  ),
  scenario(
    'action-fork-that-gets-no-key',
    givenFork(3),
    (client) => ({
      ...answering(client),
      requestKey: ({ requestId }) => answer(client, requestId, { code: 'KeygenRefused', message: 'no such owner' }),
    }),
    (outcome, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'KeygenRefused: no such owner' });
      assert.equal(fakes.inputs('forkBuilds').length, 0);
    },
  ),
  scenario(
    'action-fork-with-one-publication-failing',
    givenFork(2),
    (client) => answering(client, { code: 'RepositoryFailed', message: 'custom-2-x86_64: createrepo_c exited with 1' }),
    (outcome) => {
      assert.ok(outcome.result === 'failed');
      assert.equal(outcome.message, 'RepositoryFailed: custom-2-x86_64: createrepo_c exited with 1');
    },
  ),
  scenario(
    'action-fork-publishes-what-could-be-copied',
    givenFork(120),
    (client) => ({
      ...answering(client),
      forkBuilds: (input) => {
        if (input.first > 0) return refusal('SigningKeyMissing', 'no key for alice#mine')();
        const failure = { code: 'SigningFailed', message: 'not what its own checksums say' } as const;
        const failures = [{ build: 'custom-1-x86_64/00000007-g', failure }];
        return Promise.resolve(slice(input, 120, { copied: 49, failed: 1, failures }));
      },
    }),
    (outcome, fakes) => {
      assert.ok(outcome.result === 'failed');
      assert.equal(
        outcome.message,
        'SigningFailed: custom-1-x86_64/00000007-g: not what its own checksums say; SigningKeyMissing: no key for alice#mine',
      );
      assert.match(outcome.note ?? '', /^49 builds copied.*; 1 could not be copied$/);
      assert.equal(fakes.inputs('requestListed').length, 1);
    },
  ),
  scenario(
    'action-fork-of-much-that-is-not-there',
    givenFork(120),
    (client) => ({
      ...answering(client),
      forkBuilds: (input) => {
        const builds = Array.from({ length: 6 }, (_, index) => `custom-1-x86_64/${input.first + index}`);
        const failure = { code: 'SigningFailed', message: 'refused' } as const;
        const failures = builds.map((build) => ({ build, failure }));
        return Promise.resolve(slice(input, 120, { bytes: 0, missing: 6, absent: builds, failed: 6, failures }));
      },
    }),
    (outcome) => {
      const named = [0, 1, 2, 3, 4].map((build) => `custom-1-x86_64/${build}`);
      assert.deepEqual(outcome, {
        result: 'failed',
        note:
          `120 builds copied; 12 have no results in the source: ${named.join(', ')} and 7 more; ` +
          '12 could not be copied',
        message: [...named.map((build) => `${build}: refused`), 'and 7 more builds']
          .map((line) => `SigningFailed: ${line}`)
          .join('; '),
      });
    },
  ),
  scenario(
    'action-fork-canceled-in-mid-copy',
    givenFork(500),
    (client) => ({
      ...answering(client),
      forkBuilds: (input) => (input.first === 0 ? Promise.resolve(slice(input, 500)) : untilCanceled()),
    }),
    (outcome, fakes) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'Canceled: canceled on request' });
      assert.equal(fakes.inputs('requestListed').length, 0);
    },
    async (handle, fakes, rig) => {
      await rig.until('a slice is under way', () => fakes.inputs('forkBuilds').length === 2);
      const { waitingFor } = await handle.query(actionStatusQuery);
      assert.deepEqual(waitingFor, {
        reason: 'copies',
        detail: '50 of 500 builds are copied, 50.0 MiB more on disk',
      });
      await handle.cancel();
    },
  ),
  scenario(
    'action-fork-canceled-while-its-worker-dies',
    givenFork(500),
    (client) => ({
      ...answering(client),
      // The state that a worker leaves if it dies after it was told of the cancel.
      forkBuilds: () => untilCanceled().catch(refusal('BackendDefect', 'no worker finished it in time')),
    }),
    (outcome) => assert.deepEqual(outcome, { result: 'failed', message: 'Canceled: canceled on request' }),
    async (handle, fakes, rig) => {
      await rig.until('a slice is under way', () => fakes.inputs('forkBuilds').length === 1);
      await handle.cancel();
    },
  ),
  scenario(
    'action-fork-of-ten-thousand-builds',
    givenFork(10_000),
    (client) => ({ ...answering(client), forkBuilds: (input) => Promise.resolve(slice(input, 10_000)) }),
    async (outcome, _, handle) => {
      assert.equal(outcome.note, '10000 builds copied, 9.8 GiB more on disk');
      const { historySize = Number.POSITIVE_INFINITY } = await handle.describe();
      assert.ok(historySize < 100 * 1024, `${historySize} bytes of history`);
    },
  ),
  scenario(
    'action-rawhide-to-release',
    givenRawhide(2000),
    (client) => ({
      ...answering(client),
      branchBuilds: (input) =>
        Promise.resolve(slice(input, 2000, { bytes: 0, ...(input.first > 0 ? {} : { copied: 40, standing: 10 }) })),
    }),
    async (outcome, fakes, handle) => {
      assert.deepEqual(outcome, { result: 'succeeded', note: '1990 builds copied; 10 were there already' });
      assert.deepEqual(
        fakes.inputs('requestLock').map(({ project }) => project),
        [SOURCE],
      );
      assert.deepEqual(fakes.inputs('requestListed')[0]?.list.items?.[0]?.repository.dirname, 'hello:pr:7');
      const { historySize = Number.POSITIVE_INFINITY } = await handle.describe();
      assert.ok(historySize < 50 * 1024, `${historySize} bytes of history`);
    },
  ),
  scenario(
    'action-rawhide-to-release-canceled',
    givenRawhide(2000),
    (client) => ({ ...answering(client), branchBuilds: () => untilCanceled() }),
    (outcome) => assert.deepEqual(outcome, { result: 'failed', message: 'Canceled: canceled on request' }),
    async (handle, fakes, rig) => {
      await rig.until('builds are copied', () => fakes.inputs('branchBuilds').length === 1);
      await handle.cancel();
    },
  ),
];
