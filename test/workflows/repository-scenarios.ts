import assert from 'node:assert/strict';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { RepositoryInput } from '../../src/contracts/inputs.js';
import {
  changeRequestedSignal,
  changesQuery,
  requestAnsweredSignal,
  requestDelayedSignal,
  requestStatusQuery,
  storeUnavailableSignal,
  type RequestAnswer,
  type RequestDelay,
} from '../../src/contracts/messages.js';
import {
  repositoryChange,
  type OperateInput,
  type Published,
  type PublishInput,
  type RepositoryChange,
  type RepositoryCommand,
} from '../../src/contracts/repository/repository.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import type { repositoryRequest } from '../../src/workflows/repository/repository-request.js';
import { fakeActivities, givenPublished, untilCanceled, untilDead } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Repository = WorkflowHandle<typeof repository>;

/** One path through the repository workflow. */
export type RepositoryScenario = {
  readonly name: string;
  readonly eventLimit?: number;
  readonly pace?: number;
  readonly linger?: number;
  /** Removes what was deleted. */
  readonly collects?: Activities['collectRepository'];
  /** A publication or operation: goes on until it is let end, or until the workflow cancels it, and then ends somehow. */
  readonly publishes?: (untilFinished: Promise<Published>) => Promise<Published>;
  readonly run: (world: {
    readonly rig: Rig;
    readonly ask: (requestId: string, change: RepositoryCommand) => Promise<void>;
    /** Lets the current publication or operation end. */
    readonly finish: (end?: Error | Partial<Published>) => void;
    readonly runs: () => readonly PublishInput[];
    readonly operations: () => readonly OperateInput[];
    readonly fakes: ReturnType<typeof fakeActivities>;
    /** The answers to requesters so far, in order. */
    readonly heard: () => Promise<readonly string[]>;
    readonly handle: Repository;
  }) => Promise<void>;
};

const add = (...dirs: string[]): RepositoryChange => repositoryChange('change', { add: dirs });

export const REPOSITORY_SCENARIOS: readonly RepositoryScenario[] = [
  {
    name: 'repository-batches-what-came-while-busy',
    async run({ rig, ask, finish, runs, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      await ask('b', add('00000002-b'));
      await ask('c', add('00000003-c'));
      await ask('b', add('00000002-b'));
      await rig.until('both wait', async () => (await handle.query(changesQuery)).waiting === 3);
      finish();
      await rig.until('the second run', () => runs().length === 2);
      finish();
      await handle.result();
      assert.deepEqual(
        runs().map(({ run }) => run.add),
        [['00000001-a'], ['00000002-b', '00000003-c']],
      );
    },
  },
  {
    name: 'repository-does-not-repeat-what-it-answered',
    async run({ rig, ask, finish, runs, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      finish();
      await rig.until('answered', async () => (await handle.query(changesQuery)).waiting === 0);
      await ask('a', add('00000001-a'));
      await handle.result();
      assert.equal(runs().length, 1);
    },
  },
  {
    name: 'repository-keeps-its-distance-in-a-crowd',
    pace: 3600,
    async run({ rig, ask, finish, runs, operations, handle }) {
      for (const [index, name] of ['a', 'b', 'c'].entries()) {
        await ask(name, add(`0000000${index + 1}-${name}`));
        if (index === 2) break;
        await rig.until('a run of its own', () => runs().length === index + 1);
        finish();
      }
      await rig.until('the third run', () => runs().length === 3);
      finish();
      await rig.until('all are answered', async () => (await handle.query(changesQuery)).waiting === 0);
      await ask('d', add('00000004-d'));
      await ask('e', add('00000005-e'));
      await ask('base', repositoryChange('ensure'));
      await rig.until('they wait', async () => (await handle.query(changesQuery)).waiting === 3);
      assert.equal((await handle.query(changesQuery)).running, null, 'for an hour, but for an operator');
      await ask('pin', { kind: 'pin', generation: '4', by: 'root' });
      await rig.until('the run of all that wait', () => runs().length === 4);
      finish();
      await rig.until('the operation', () => operations().length === 1);
      finish();
      await handle.result();
      assert.deepEqual(runs()[3]?.run.add, ['00000004-d', '00000005-e']);
    },
  },
  {
    name: 'repository-keeps-devel-apart-and-full-wins',
    async run({ rig, ask, finish, runs, handle }) {
      await ask('first', repositoryChange('ensure'));
      await rig.until('the first run', () => runs().length === 1);
      await ask('a', add('00000001-a'));
      await ask('devel', repositoryChange('change', { add: ['00000002-b'], devel: true }));
      await ask('full', repositoryChange('full'));
      finish();
      await rig.until('the second run', () => runs().length === 2);
      finish();
      await rig.until('the third run', () => runs().length === 3);
      finish();
      await handle.result();
      assert.deepEqual(
        runs().map(({ run: { devel, full, add } }) => ({ devel, full, add })),
        [
          { devel: false, full: false, add: [] },
          { devel: false, full: true, add: ['00000001-a'] },
          { devel: true, full: false, add: ['00000002-b'] },
        ],
      );
    },
  },
  {
    name: 'repository-says-why-and-goes-on',
    async run({ rig, ask, finish, runs, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      finish(
        ApplicationFailure.create({ message: 'a package is missing', type: 'RepositoryFailed', nonRetryable: true }),
      );
      await rig.until('the failure is known', async () => (await handle.query(changesQuery)).lastFailure !== null);
      assert.equal((await handle.query(changesQuery)).lastFailure?.code, 'RepositoryFailed');
      await ask('a', add('00000001-a'));
      await rig.until('it is tried again', () => runs().length === 2);
      finish();
      await handle.result();
    },
  },
  {
    name: 'repository-lets-only-those-fail-that-cannot-be-done',
    async run({ rig, ask, finish, runs, handle, heard }) {
      await ask('first', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      for (const name of ['b', 'c', 'd']) await ask(name, add(`00000002-${name}`));
      finish();
      await rig.until('their common run', () => runs().length === 2);
      const unreadable = ApplicationFailure.create({
        ...{ message: 'createrepo_c cannot read 00000002-c', type: 'PackageUnreadable', nonRetryable: true },
      });
      finish(unreadable);
      for (const [index, end] of [undefined, unreadable, undefined].entries()) {
        await rig.until('a run for one', () => runs().length === 3 + index);
        if (index === 0) await ask('e', add('00000002-e'));
        finish(end);
      }
      await rig.until('those that came meanwhile', () => runs().length === 6);
      finish();
      await handle.result();
      assert.deepEqual(
        runs().map(({ run }) => run.add.map((build) => build.slice(-1)).join('')),
        ['a', 'bcd', 'b', 'c', 'd', 'e'],
      );
      assert.deepEqual(await heard(), [
        ...['answered first', 'answered b', 'answered c: PackageUnreadable', 'answered d', 'answered e'],
      ]);
    },
  },
  {
    name: 'repository-holds-what-is-prepared-until-release',
    async run({ rig, ask, finish, runs, operations, handle, heard }) {
      const hold = { generation: '17', since: '2026-11-22T20:00:00.000Z', by: 'root', reason: 'broken' };
      await ask('back', { kind: 'rollback', generation: '17', by: 'root', reason: 'broken' });
      await rig.until('the rollback', () => operations().length === 1);
      finish({ hold });
      await ask('a', add('00000001-a'));
      await ask('base', repositoryChange('ensure'));
      await rig.until('the run', () => runs().length === 1);
      finish({ hold });
      await rig.until('it is said', async () => (await heard()).length === 3);
      assert.deepEqual((await heard()).toSorted(), ['answered back', 'answered base', 'delayed a: held by operator']);
      assert.equal((await handle.query(changesQuery)).held, 1);
      await ask('a', add('00000001-a'));
      await rig.until('it is said again', async () => (await heard()).length === 4);
      await ask('go', { kind: 'release', by: 'root' });
      await rig.until('the release', () => operations().length === 2);
      finish();
      await rig.until('all are answered', async () => (await heard()).length === 6);
      assert.deepEqual((await heard()).slice(4).toSorted(), ['answered a', 'answered go']);
      await handle.result();
      assert.equal(runs().length, 1, 'it was made once');
    },
  },
  {
    name: 'repository-tells-those-who-added-it-what-there-is-to-know',
    async run({ rig, ask, finish, runs, operations, handle, heard }) {
      await ask('a', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      await ask('b', add('00000002-b'));
      await ask('c', add('00000003-c'));
      await rig.until('both wait', async () => (await handle.query(changesQuery)).waiting === 3);
      finish({ notes: [{ build: '00000009-x', text: 'nobody asked' }] });
      await rig.until('the second run', () => runs().length === 2);
      finish({ notes: [{ build: '00000002-b', text: 'b-1-1 was there already' }] });
      await rig.until('they know', async () => (await heard()).length === 3);
      assert.deepEqual(await heard(), ['answered a', 'answered b, b-1-1 was there already', 'answered c']);
      const hold = { generation: '17', since: '2026-11-22T20:00:00.000Z', by: 'root', reason: null };
      await ask('back', { kind: 'rollback', generation: '17', by: 'root', reason: null });
      await rig.until('the rollback', () => operations().length === 1);
      await ask('d', add('00000004-d'));
      await ask('e', add('00000005-e'));
      await rig.until('both wait', async () => (await handle.query(changesQuery)).waiting === 3);
      finish({ hold });
      await rig.until('the third run', () => runs().length === 3);
      finish({ hold, notes: [{ build: '00000004-d', text: 'd-1-1 was there already' }] });
      await rig.until('they are held', async () => (await heard()).length === 6);
      await ask('go', { kind: 'release', by: 'root' });
      await rig.until('the release', () => operations().length === 2);
      finish();
      await handle.result();
      assert.deepEqual((await heard()).slice(6).toSorted(), [
        ...['answered d, d-1-1 was there already', 'answered e', 'answered go'],
      ]);
    },
  },
  {
    name: 'repository-removes-what-was-deleted-when-it-is-due',
    async run({ rig, ask, finish, runs, fakes, handle }) {
      await ask('a', repositoryChange('change', { delete: ['00000001-a'] }));
      await rig.until('the run', () => runs().length === 1);
      finish({ collectAt: new Date(Date.now() + 1500).toISOString() });
      await handle.result();
      assert.equal(fakes.inputs('collectRepository').length, 1);
    },
  },
  {
    name: 'repository-refuses-an-unknown-generation',
    async run({ rig, ask, finish, operations, handle, heard }) {
      await ask('pin', { kind: 'pin', generation: '4', by: 'root' });
      await rig.until('the operation', () => operations().length === 1);
      finish(ApplicationFailure.create({ message: 'not kept', type: 'GenerationUnknown', nonRetryable: true }));
      await rig.until('it is said', async () => (await heard()).length === 1);
      assert.deepEqual(await heard(), ['answered pin: GenerationUnknown']);
      await handle.result();
    },
  },
  {
    name: 'repository-begins-anew-with-what-waits',
    eventLimit: 13,
    async run({ rig, ask, finish, runs, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      await ask('b', add('00000002-b'));
      const { runId: first } = await handle.describe();
      finish();
      await rig.until('the second run', () => runs().length === 2);
      assert.notEqual((await handle.describe()).runId, first, 'it has begun anew in between');
      await ask('a', add('00000001-a'));
      finish();
      await handle.result();
      assert.deepEqual(
        runs().map(({ run }) => run.add),
        [['00000001-a'], ['00000002-b']],
        'and still knows what it answered',
      );
    },
  },
  {
    // The storage is away for days, and everyone who waits sends the request again and again.
    name: 'repository-gives-up-a-run-to-begin-anew',
    eventLimit: 20,
    async run({ rig, ask, finish, runs, handle, heard }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      const { runId: first } = await handle.describe();
      for (let times = 0; times < 5; times += 1) await ask('a', add('00000001-a'));
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== first);
      await rig.until('the run is made again', () => runs().length === 2);
      finish();
      await rig.until('it is answered', async () => (await heard()).length === 1);
      assert.deepEqual(await heard(), ['answered a']);
      await handle.result();
    },
  },
  {
    name: 'repository-gives-up-a-run-whose-worker-dies',
    eventLimit: 20,
    publishes: untilDead,
    async run({ rig, ask, finish, runs, handle, heard }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      const { runId: first } = await handle.describe();
      for (let times = 0; times < 5; times += 1) await ask('a', add('00000001-a'));
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== first);
      await rig.until('the run is made again', () => runs().length === 2);
      assert.equal((await handle.query(changesQuery)).lastFailure, null, 'nothing failed');
      finish();
      await rig.until('it is answered', async () => (await heard()).length === 1);
      assert.deepEqual(await heard(), ['answered a'], 'and by no failure before');
      await handle.result();
    },
  },
  {
    name: 'repository-says-what-was-refused-while-it-gave-up',
    eventLimit: 20,
    publishes: (untilFinished) => untilCanceled(untilFinished).catch(refuse),
    async run({ rig, ask, runs, handle, heard }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      const { runId: first } = await handle.describe();
      for (let times = 0; times < 5; times += 1) await ask('a', add('00000001-a'));
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== first);
      await rig.until('it is answered', async () => (await heard()).length === 1);
      assert.deepEqual(await heard(), ['answered a: RepositoryFailed']);
      await handle.result();
      assert.equal(runs().length, 1, 'the same would be refused again');
    },
  },
  {
    // The disk is full in the moment in which the removal is told to let go.
    name: 'repository-goes-back-to-a-removal-that-was-cut-short',
    collects: outOfSpaceOnceCanceled(),
    async run({ rig, ask, finish, runs, fakes, handle }) {
      await ask('a', repositoryChange('change', { delete: ['00000001-a'] }));
      await rig.until('the run', () => runs().length === 1);
      finish({ collectAt: new Date(0).toISOString() });
      await rig.until('it removes', () => fakes.inputs('collectRepository').length === 1);
      await ask('pin', { kind: 'pin', generation: '4', by: 'root' });
      await rig.until('the operation', () => fakes.inputs('operateRepository').length === 1);
      finish(ApplicationFailure.nonRetryable('not kept', 'GenerationUnknown'));
      await handle.result();
      assert.equal(fakes.inputs('collectRepository').length, 2, 'what was due is removed all the same');
      assert.equal((await handle.query(changesQuery)).lastFailure?.code, 'GenerationUnknown');
    },
  },
  {
    name: 'repository-serves-who-comes-while-it-removes',
    collects: () => untilCanceled(),
    async run({ rig, ask, finish, runs, fakes, handle, heard }) {
      await ask('a', repositoryChange('change', { delete: ['00000001-a'] }));
      await rig.until('the run', () => runs().length === 1);
      finish({ collectAt: new Date(0).toISOString() });
      await rig.until('it removes', () => fakes.inputs('collectRepository').length === 1);
      await ask('b', add('00000002-b'));
      await rig.until('the run of who came', () => runs().length === 2);
      finish();
      await rig.until('both are answered', async () => (await heard()).length === 2);
      await handle.result();
    },
  },
  {
    name: 'repository-tells-who-waits-that-pulp-is-away',
    async run({ rig, ask, finish, runs, heard, handle }) {
      await ask('a', repositoryChange('change', { add: ['00000001-a'], store: 'pulp' }));
      await rig.until('the first run', () => runs().length === 1);
      const waitingFor = { reason: 'Pulp', detail: 'unavailable since 2026-11-30T10:00:00.000Z' };
      await handle.signal(storeUnavailableSignal, { waitingFor });
      await rig.until('it was told', async () => (await heard()).length === 1);
      // The next attempt says it again, and another build comes while Pulp is away.
      await handle.signal(storeUnavailableSignal, { waitingFor: { ...waitingFor, detail: 'unavailable since later' } });
      await ask('b', repositoryChange('change', { add: ['00000002-b'], store: 'pulp' }));
      await rig.until('both were told', async () => (await heard()).length === 2);
      finish();
      await rig.until('the second run', () => runs().length === 2);
      finish();
      await handle.result();
      assert.deepEqual(await heard(), ['delayed a: Pulp', 'delayed b: Pulp', 'answered a', 'answered b']);
    },
  },
  {
    // A project was given to the other store while requests for the first one waited.
    name: 'repository-never-mixes-two-stores-in-a-run',
    collects: () => Promise.resolve({ collectAt: null }),
    async run({ rig, ask, finish, runs, fakes, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      await ask('b', { ...add('00000002-b'), store: 'pulp' });
      await ask('c', { ...add('00000003-c'), store: 'pulp' });
      await ask('d', add('00000004-d'));
      await rig.until('all wait', async () => (await handle.query(changesQuery)).waiting === 4);
      for (let run = 2; run <= 3; run += 1) {
        finish();
        await rig.until(`run ${run}`, () => runs().length === run);
      }
      finish({ collectAt: new Date(0).toISOString() });
      await handle.result();
      assert.deepEqual(
        runs().map(({ run }) => [run.store, run.add]),
        [
          [undefined, ['00000001-a']],
          ['pulp', ['00000002-b', '00000003-c']],
          [undefined, ['00000004-d']],
        ],
      );
      assert.deepEqual(
        fakes.inputs('collectRepository').map(({ store }) => store),
        [undefined],
      );
    },
  },
];

function refuse(): never {
  throw ApplicationFailure.nonRetryable('createrepo_c exited with 1', 'RepositoryFailed');
}

/** Removes at the second time. */
function outOfSpaceOnceCanceled(): Activities['collectRepository'] {
  let times = 0;
  return () => {
    times += 1;
    if (times > 1) return Promise.resolve({ collectAt: null });
    return untilCanceled().catch(() => {
      throw ApplicationFailure.retryable('no space left on device', 'StorageFailed');
    });
  };
}

export async function runRepositoryScenario(scenario: RepositoryScenario): Promise<Repository> {
  const { client } = await temporal();
  let finish: ((end?: Error | Partial<Published>) => void) | undefined;
  const publishes = scenario.publishes ?? untilCanceled;
  const untilFinished = (): Promise<Published> =>
    publishes(
      new Promise<Published>((resolve, reject) => {
        finish = (end) => (end instanceof Error ? reject(end) : resolve(givenPublished(end)));
      }),
    );
  const fakes = fakeActivities({
    ...{ publishRepository: untilFinished, operateRepository: untilFinished },
    ...(scenario.collects === undefined ? {} : { collectRepository: scenario.collects }),
  });
  return withRig(fakes.activities, async (rig) => {
    const input: RepositoryInput = {
      repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
      storage: rig.storage,
      durations: { ...SHORT, pace: scenario.pace ?? SHORT.pace, linger: scenario.linger ?? SHORT.linger },
      carried: null,
      ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }),
    };
    const handle: Repository = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/${scenario.name}/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [input],
    });
    await scenario.run({
      rig,
      handle,
      fakes,
      // Nobody is there to hear the answer: the run that asks is over, which must not matter.
      ask: (requestId, change) =>
        handle.signal(changeRequestedSignal, { requestId, workflowId: `nobody-${rig.storage}`, runId: '', change }),
      finish: (end) => finish?.(end),
      runs: () => fakes.inputs('publishRepository'),
      operations: () => fakes.inputs('operateRepository'),
      heard: async () => {
        const history = await handle.fetchHistory();
        return (history.events ?? []).flatMap(({ signalExternalWorkflowExecutionInitiatedEventAttributes: sent }) => {
          if (sent == null) return [];
          const said = defaultPayloadConverter.fromPayload<Partial<RequestAnswer & RequestDelay>>(
            sent.input?.payloads?.[0] ?? assert.fail('a signal says something'),
          );
          const why = said.failure?.code ?? said.waitingFor?.reason;
          const how = said.waitingFor === undefined ? 'answered' : 'delayed';
          const notes = (said.notes ?? []).map((note) => `, ${note}`).join('');
          return [`${how} ${said.requestId}${why === undefined ? '' : `: ${why}`}${notes}`];
        });
      },
    });
    return handle;
  });
}

/** A command's request: it hears why it waits, and its result is the answer. */
export async function runRepositoryRequestScenario(): Promise<WorkflowHandle<typeof repositoryRequest>> {
  const { client } = await temporal();
  const fakes = fakeActivities();
  return withRig(fakes.activities, async (rig) => {
    const repository = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
    const handle = await client.workflow.start<typeof repositoryRequest>('repositoryRequest', {
      workflowId: `repository-request/${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ repository, change: repositoryChange('full'), storage: rig.storage, durations: SHORT }],
    });
    await rig.until('it asks', () => fakes.inputs('requestRepositories').length === 1);
    const requestId = fakes.inputs('requestRepositories')[0]?.requests[0]?.requestId ?? assert.fail('it has an id');
    const waitingFor = { reason: 'held by operator', detail: 'generation 17' };
    await handle.signal(requestDelayedSignal, { requestId, waitingFor });
    await rig.until(
      'it says why',
      async () => (await handle.query(requestStatusQuery)).waitingFor.detail === 'generation 17',
    );
    const failure = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;
    await handle.signal(requestAnsweredSignal, { requestId, failure });
    assert.deepEqual(await handle.result(), failure);
    return handle;
  });
}
