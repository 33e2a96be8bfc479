import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { FailureFact } from '../../src/contracts/failures/failure-codes.js';
import { pauseSignal, requestAnsweredSignal, resignStatusQuery } from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { ResignedBatch, ResignOutcome, ResignStatus } from '../../src/contracts/signing/resign.js';
import type { resign } from '../../src/workflows/signing/resign.js';
import { fakeActivities, untilStopped, untilCanceled } from '../support/fake-activities.js';
import { gate } from '../support/gate.js';
import { resultOrCanceled } from '../support/result-or-canceled.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Fakes = ReturnType<typeof fakeActivities>;
type Handle = WorkflowHandle<typeof resign>;

export type ResignScenario = {
  readonly name: string;
  readonly world?: (client: Client) => Partial<Activities>;
  readonly eventLimit?: number;
  /** While it runs. */
  readonly meanwhile?: (handle: Handle, rig: Rig, fakes: Fakes) => Promise<void>;
  readonly expect: (outcome: ResignOutcome | 'canceled', status: ResignStatus, fakes: Fakes) => void;
};

const target = { owner: 'jdoe', dirname: 'hello:pr:1' };
const chroots = ['fedora-42-x86_64', 'fedora-43-x86_64'].map((chroot) => ({ chroot, builds: 3, devel: false }));

async function answer(client: Client, requestId: string, failure: FailureFact | null = null): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  await client.workflow.getHandle(run.workflowId, run.runId).signal(requestAnsweredSignal, { requestId, failure });
}

function good(client: Client): Partial<Activities> {
  return {
    requestKey: ({ requestId }) => answer(client, requestId),
    requestLock: ({ requestId }) => answer(client, requestId),
    requestRepositories: async ({ requests }) => {
      for (const { requestId } of requests) await answer(client, requestId);
    },
    planResign: () => Promise.resolve({ chroots }),
    resignBuilds: ({ after }) => Promise.resolve(after === null ? batch('00000002-b', 2, 4) : batch(null, 1, 0)),
  };
}

function batch(after: string | null, builds: number, signed: number): ResignedBatch {
  return { after, builds, signed, failed: 0, failures: [], isReplaced: signed > 0 };
}

export const RESIGN_SCENARIOS: readonly ResignScenario[] = [
  {
    name: 'resign-batch-by-batch',
    expect: (outcome, _, fakes) => {
      const done = { builds: 6, signed: 8, failed: 0 };
      assert.deepEqual(outcome, { result: 'succeeded', done, message: null });
      assert.deepEqual(
        fakes.inputs('requestKey').map(({ project, dirname }) => [project, dirname]),
        [[{ owner: 'jdoe', project: 'hello' }, 'hello:pr:1']],
      );
      assert.deepEqual(
        fakes.inputs('resignBuilds').map(({ chroot, after }) => [chroot, after]),
        chroots.flatMap(({ chroot }) => [
          [chroot, null],
          [chroot, '00000002-b'],
        ]),
      );
      // A batch that signed nothing publishes nothing.
      assert.deepEqual(
        fakes
          .inputs('requestRepositories')
          .map(({ requests }) => requests.map(({ repository, change }) => [repository, change])),
        chroots.map(({ chroot }) => [
          [{ ...target, chroot }, repositoryChange('full', { doStat: true, appstream: true })],
        ]),
      );
      assert.deepEqual(
        fakes.inputs('purgeCopies').map(({ chroot }) => chroot),
        chroots.map(({ chroot }) => chroot),
      );
      // A lock for each batch, so that nothing that spans the project waits for the whole.
      const order = fakes.calls.map(({ name }) => name);
      assert.deepEqual(order.slice(2, 6), ['requestLock', 'resignBuilds', 'requestRepositories', 'requestLock']);
      assert.equal(new Set(fakes.inputs('requestLock').map(({ requestId }) => requestId)).size, 4);
    },
  },
  {
    name: 'resign-begins-anew-where-it-was',
    eventLimit: 5,
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.deepEqual(outcome.done, { builds: 6, signed: 8, failed: 0 });
      assert.equal(fakes.inputs('planResign').length, 1);
      assert.equal(fakes.inputs('resignBuilds').length, 4);
    },
  },
  {
    name: 'resign-pauses-after-its-batch',
    world: () => {
      let isFirst = true;
      return {
        resignBuilds: async () => {
          if (isFirst) await untilStopped(paused.passed);
          isFirst = false;
          return batch(null, 3, 1);
        },
      };
    },
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('a batch is under way', () => fakes.inputs('resignBuilds').length === 1);
      await handle.signal(pauseSignal, { by: 'operator' });
      paused.open();
      await rig.until('it is paused', async () => (await handle.query(resignStatusQuery)).stage === 'paused');
      assert.equal(fakes.inputs('requestRepositories').length, 1, 'what was signed is published first');
      assert.equal((await handle.query(resignStatusQuery)).paused, 'operator');
      await handle.signal(pauseSignal, { by: null });
    },
    expect: (outcome, status, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'succeeded');
      assert.equal(fakes.inputs('resignBuilds').length, 2);
      assert.equal(status.paused, null);
    },
  },
  {
    name: 'resign-paused-before-its-first-batch-and-canceled',
    world: () => ({
      planResign: async () => {
        await untilStopped(paused.passed);
        return { chroots };
      },
    }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('it plans', () => fakes.inputs('planResign').length === 1);
      await handle.signal(pauseSignal, { by: 'operator' });
      paused.open();
      await rig.until('it is paused', async () => (await handle.query(resignStatusQuery)).stage === 'paused');
      await handle.cancel();
    },
    expect: (outcome, status, fakes) => {
      assert.equal(outcome, 'canceled');
      assert.deepEqual([status.paused, status.outcome?.result], ['operator', 'canceled']);
      assert.deepEqual([fakes.inputs('requestLock').length, fakes.inputs('resignBuilds').length], [0, 0]);
    },
  },
  {
    name: 'resign-remembers-the-latest-problems',
    eventLimit: 5,
    world: () => {
      const failures = Array.from({ length: 25 }, (_, index) => ({
        build: `000000${index + 10}-a`,
        failure: { code: 'SigningFailed', message: 'damaged' } as const,
      }));
      let isFirst = true;
      return {
        resignBuilds: () => {
          const left = isFirst ? { failed: failures.length, failures } : {};
          isFirst = false;
          return Promise.resolve({ ...batch(null, 30, 5), ...left });
        },
      };
    },
    expect: (outcome, status) => {
      assert.ok(outcome !== 'canceled');
      assert.deepEqual([outcome.result, outcome.done.failed], ['failed', 25]);
      assert.deepEqual(
        status.problems,
        Array.from({ length: 10 }, (_, index) => `fedora-42-x86_64/000000${index + 25}-a: SigningFailed: damaged`),
      );
    },
  },
  {
    name: 'resign-says-what-it-left',
    world: (client) => ({
      resignBuilds: () =>
        Promise.resolve({
          ...batch(null, 3, 2),
          failed: 1,
          failures: [{ build: '00000001-a', failure: { code: 'SigningFailed', message: 'a.rpm is damaged' } }],
        }),
      requestRepositories: ({ requests }) =>
        answer(client, requests[0]?.requestId ?? '', { code: 'RepositoryFailed', message: 'no' }),
      purgeCopies: () => Promise.resolve({ code: 'ContentNetworkFailed', message: 'aws exited with 1' }),
    }),
    expect: (outcome, status) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'failed');
      assert.deepEqual(status.problems.slice(0, 3), [
        'fedora-42-x86_64/00000001-a: SigningFailed: a.rpm is damaged',
        'fedora-42-x86_64: RepositoryFailed: no',
        'fedora-42-x86_64: ContentNetworkFailed: aws exited with 1',
      ]);
      assert.equal(status.problems.length, 6);
    },
  },
  {
    name: 'resign-signs-nothing-without-a-key',
    world: (client) => ({
      requestKey: ({ requestId }) => answer(client, requestId, { code: 'KeygenRefused', message: 'bad name_email' }),
    }),
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.deepEqual([outcome.result, outcome.message], ['failed', 'KeygenRefused: bad name_email']);
      assert.equal(fakes.inputs('resignBuilds').length, 0);
    },
  },
  {
    name: 'resign-canceled',
    world: () => ({ resignBuilds: () => untilCanceled() }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('a batch is under way', () => fakes.inputs('resignBuilds').length === 1);
      await handle.cancel();
    },
    expect: (outcome, status, fakes) => {
      assert.equal(outcome, 'canceled');
      assert.equal(status.outcome?.result, 'canceled');
      assert.equal(fakes.inputs('requestRepositories').length, 1, 'what was put in place until then is published');
    },
  },
  {
    // The attempt that put the packages in place died; the one after it found nothing left to sign.
    name: 'resign-publishes-what-a-dead-attempt-left',
    world: () => ({
      planResign: () => Promise.resolve({ chroots: [{ chroot: 'fedora-42-x86_64', builds: 3, devel: true }] }),
      resignBuilds: () => Promise.resolve({ ...batch(null, 3, 0), isReplaced: true }),
    }),
    expect: (outcome, _, fakes) => {
      assert.ok(outcome !== 'canceled');
      assert.equal(outcome.result, 'succeeded');
      // In a manual-createrepo project nothing gets public that was not.
      assert.deepEqual(
        fakes.inputs('requestRepositories').map(({ requests }) => requests.map(({ change }) => change)),
        [[false, true].map((devel) => repositoryChange('reread', { doStat: true, devel }))],
      );
    },
  },
];

let paused = gate();

export async function runResignScenario(scenario: ResignScenario): Promise<Handle> {
  const { client } = await temporal();
  paused = gate();
  const fakes = fakeActivities({ ...good(client), ...scenario.world?.(client) });
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof resign>('resign', {
      workflowId: `resign/${scenario.name}/${rig.storage}`,
      taskQueue: rig.queue,
      args: [
        {
          ...{ target, chroots: null, storage: rig.storage, durations: SHORT, carried: null },
          ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }),
        },
      ],
    });
    await scenario.meanwhile?.(handle, rig, fakes);
    const outcome = await resultOrCanceled(handle);
    scenario.expect(outcome, await handle.query(resignStatusQuery), fakes);
    return handle;
  });
}
