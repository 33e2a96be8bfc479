import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { RepositoryInput } from '../../src/contracts/inputs.js';
import { changeRequestedSignal, changesQuery } from '../../src/contracts/messages.js';
import {
  repositoryChange,
  type PublishInput,
  type Published,
  type RepositoryChange,
} from '../../src/contracts/repository.js';
import type { repository } from '../../src/workflows/repository.js';
import { fakeActivities, givenPublished } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Repository = WorkflowHandle<typeof repository>;
type Publish = (input: PublishInput) => Promise<Published>;

/** One path through the repository workflow. */
export type RepositoryScenario = {
  readonly name: string;
  readonly historyLimit?: number;
  readonly run: (world: {
    readonly rig: Rig;
    readonly ask: (requestId: string, change: RepositoryChange) => Promise<void>;
    /** Lets the next publication end. */
    readonly finish: (error?: Error) => void;
    readonly runs: () => readonly PublishInput[];
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
          { devel: false, full: true, add: [] },
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
    name: 'repository-begins-anew-with-what-waits',
    historyLimit: 10,
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
];

export async function runRepositoryScenario(scenario: RepositoryScenario): Promise<Repository> {
  const { client } = await temporal();
  let finish: ((error?: Error) => void) | undefined;
  const publishRepository: Publish = () =>
    new Promise((resolve, reject) => {
      finish = (error) => (error === undefined ? resolve(givenPublished()) : reject(error));
    });
  const fakes = fakeActivities({ publishRepository });
  return withRig(fakes.activities, async (rig) => {
    const input: RepositoryInput = {
      repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
      storage: rig.storage,
      durations: SHORT,
      carried: null,
      ...(scenario.historyLimit === undefined ? {} : { historyLimit: scenario.historyLimit }),
    };
    const handle: Repository = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/${scenario.name}/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [input],
    });
    await scenario.run({
      rig,
      handle,
      // Nobody is there to hear the answer: the run that asks is over, which must not matter.
      ask: (requestId, change) =>
        handle.signal(changeRequestedSignal, { requestId, workflowId: `nobody-${rig.storage}`, runId: '', change }),
      finish: (error) => finish?.(error),
      runs: () => fakes.inputs('publishRepository'),
    });
    return handle;
  });
}
