import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type Client, type WorkflowHandle } from '@temporalio/client';
import type { Activities, RenamedPage } from '../../src/contracts/activities.js';
import type { ActionOutcome, ActionPlan, WorkList } from '../../src/contracts/action/action.js';
import { actionStatusQuery, requestAnsweredSignal } from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { action } from '../../src/workflows/action/action.js';
import { outcomeOf } from '../support/outcome-of.js';
import { fakeActivities, untilCanceled } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Fakes = ReturnType<typeof fakeActivities>;
type Handle = WorkflowHandle<typeof action>;

export type RenameScenario = {
  readonly name: string;
  readonly sign?: boolean;
  readonly world?: (client: Client) => Partial<Activities>;
  readonly meanwhile?: (handle: Handle, rig: Rig, fakes: Fakes) => Promise<void>;
  readonly expect: (outcome: ActionOutcome | 'canceled', fakes: Fakes) => void;
};

const SOURCE = { owner: 'jdoe', project: 'hello' };
const DESTINATION = { owner: 'jdoe', project: 'world' };
/** Characters of one to four bytes, 255 in all. */
const MAX_NAME = 'aéжअ語𐌰'.repeat(17);
const SUCCEEDED: ActionOutcome = { result: 'succeeded' };

function inline<T>(items: readonly T[]): WorkList<T> {
  return { items, file: null };
}

const requests = inline(
  ['world', 'world:pr:7'].map((dirname) => ({
    repository: { owner: 'jdoe', dirname, chroot: 'custom-1-x86_64' },
    change: repositoryChange('reread', { doStat: true }),
  })),
);
const page: RenamedPage = { dirnames: ['world', 'world:pr:7'], isLast: true, requests };

async function answer(client: Client, requestId: string): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  await client.workflow
    .getHandle(run.workflowId, run.runId)
    .signal(requestAnsweredSignal, { requestId, failure: null });
}

function good(client: Client): Partial<Activities> {
  const all = async (asked: readonly { readonly requestId: string }[]): Promise<void> => {
    for (const { requestId } of asked) await answer(client, requestId);
  };
  return {
    requestLock: ({ requestId }) => answer(client, requestId),
    requestKey: ({ requestId }) => answer(client, requestId),
    requestListed: (input) => all(input.requests),
    requestRepositories: (input) => all(input.requests),
    renameProject: () => Promise.resolve(page),
  };
}

export const RENAME_SCENARIOS: readonly RenameScenario[] = [
  {
    name: 'action-rename',
    expect: (outcome, fakes) => {
      assert.deepEqual(outcome, SUCCEEDED);
      assert.deepEqual(
        fakes.inputs('requestLock').map(({ project }) => project),
        [SOURCE, DESTINATION],
      );
      // The key of the new name, in each directory; packages are signed again before the metadata is renewed last.
      assert.deepEqual(
        fakes.inputs('requestKey').map(({ project, dirname }) => [project.project, dirname]),
        page.dirnames.map((dirname) => ['world', dirname]),
      );
      assert.deepEqual(
        fakes.inputs('resignBuilds').map(({ target }) => target.dirname),
        page.dirnames,
      );
      const order = fakes.calls.map(({ name }) => name);
      assert.ok(order.indexOf('renameProject') < order.indexOf('requestKey'));
      assert.ok(order.lastIndexOf('resignBuilds') < order.indexOf('requestListed'));
      assert.equal(fakes.inputs('requestListed')[0]?.requests.length, 2);
      const published = fakes.inputs('requestRepositories').flatMap((input) => input.requests);
      assert.ok(
        published.every(({ change }) => change.kind === 'reread'),
        'nothing gets public that was not',
      );
    },
  },
  {
    name: 'action-rename-without-signatures',
    sign: false,
    world: () => {
      const pages = [
        { ...page, isLast: false },
        { dirnames: ['world:pr:9'], isLast: true, requests: inline([]) },
      ] as const;
      return { renameProject: ({ after }) => Promise.resolve(after === null ? pages[0] : pages[1]) };
    },
    expect: (outcome, fakes) => {
      assert.deepEqual(outcome, SUCCEEDED);
      assert.deepEqual([fakes.inputs('requestKey'), fakes.inputs('resignBuilds')], [[], []]);
      assert.deepEqual(
        fakes.inputs('renameProject').map(({ after }) => after),
        [null, 'world:pr:7'],
      );
      assert.deepEqual(
        fakes.inputs('requestListed').map(({ list }) => list),
        [requests],
        'once, for all pages',
      );
    },
  },
  {
    name: 'action-rename-refused-where-the-name-is-taken',
    world: () => ({
      renameProject: () =>
        Promise.reject(
          ApplicationFailure.nonRetryable('jdoe/world exists: jdoe/hello cannot become it', 'RenameRefused'),
        ),
    }),
    expect: (outcome, fakes) => {
      assert.deepEqual(outcome, {
        result: 'failed',
        message: 'RenameRefused: jdoe/world exists: jdoe/hello cannot become it',
      });
      assert.deepEqual([fakes.inputs('requestKey'), fakes.inputs('requestListed')], [[], []]);
    },
  },
  {
    // The worker died after the directories had moved; its next attempt answers the same, and nothing is left to sign.
    name: 'action-rename-repeated-after-half',
    world: () => {
      let attempts = 0;
      return {
        renameProject: () => {
          attempts += 1;
          if (attempts === 1) return Promise.reject(ApplicationFailure.retryable('the worker is gone', 'Detached'));
          return Promise.resolve({ ...page, dirnames: ['world'] });
        },
        resignBuilds: () =>
          Promise.resolve({ after: null, builds: 3, signed: 0, failed: 0, failures: [], isReplaced: true }),
      };
    },
    expect: (outcome, fakes) => {
      assert.deepEqual(outcome, SUCCEEDED);
      assert.equal(fakes.inputs('renameProject').length, 2);
      assert.equal(fakes.inputs('requestRepositories').length, 1, 'the metadata follows what had been put in place');
    },
  },
  {
    name: 'action-rename-that-cannot-sign',
    world: () => ({
      resignBuilds: () =>
        Promise.reject(ApplicationFailure.nonRetryable('the key is of another name', 'SignatureInvalid')),
    }),
    expect: (outcome, fakes) => {
      assert.ok(outcome !== 'canceled' && outcome.result === 'failed');
      assert.match(outcome.message, /^SigningFailed: resign\/jdoe\/world\/\d+: SignatureInvalid: the key is/);
      assert.equal(fakes.inputs('requestListed').length, 1, 'the metadata are made all the same');
    },
  },
  {
    // The child's id is as much of the name as fits, and a hash.
    name: 'action-rename-of-a-directory-with-the-longest-name',
    world: () => ({ renameProject: () => Promise.resolve({ ...page, dirnames: [MAX_NAME] }) }),
    expect: (outcome, fakes) => {
      assert.deepEqual(outcome, SUCCEEDED);
      assert.deepEqual(
        fakes.inputs('resignBuilds').map(({ target }) => target.dirname),
        [MAX_NAME],
      );
    },
  },
  {
    name: 'action-rename-whose-signing-is-terminated',
    world: () => ({ resignBuilds: () => untilCanceled() }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('a batch is under way', () => fakes.inputs('resignBuilds').length === 1);
      const { waitingFor } = await handle.query(actionStatusQuery);
      await rig.client.workflow.getHandle(waitingFor?.detail ?? '').terminate('by hand');
    },
    expect: (outcome) => {
      assert.deepEqual(outcome, { result: 'failed', message: 'BackendDefect: Child Workflow execution failed' });
    },
  },
  {
    name: 'action-rename-canceled-while-it-signs',
    world: () => ({ resignBuilds: () => untilCanceled() }),
    meanwhile: async (handle, rig, fakes) => {
      await rig.until('a batch is under way', () => fakes.inputs('resignBuilds').length === 1);
      const { waitingFor } = await handle.query(actionStatusQuery);
      assert.match(waitingFor?.detail ?? '', /^resign\/jdoe\/world\/\d+$/);
      await handle.cancel();
    },
    expect: (outcome, fakes) => {
      assert.equal(outcome, 'canceled');
      const [report] = fakes.inputs('finishAction');
      assert.deepEqual(report?.outcome, { result: 'failed', message: 'Canceled: canceled on request' });
      assert.equal(fakes.inputs('requestRepositories').length, 1, 'what was put in place until then is published');
    },
  },
];

let runs = 1_000_000_000 + (Date.now() % 1_000_000) * 1000;

export async function runRenameScenario(scenario: RenameScenario): Promise<Handle> {
  const { client } = await temporal();
  const plan: ActionPlan = {
    ...{ type: 'rename', source: SOURCE, destination: DESTINATION },
    sign: scenario.sign ?? true,
  };
  const world = { ...good(client), ...scenario.world?.(client), beginAction: () => Promise.resolve(plan) };
  const fakes = fakeActivities(world);
  return withRig(fakes.activities, async (rig) => {
    const handle = await client.workflow.start<typeof action>('action', {
      workflowId: `action/${scenario.name}-${rig.storage}`,
      taskQueue: rig.queue,
      // Its child's id has the number: no two scenarios may share one.
      args: [{ actionId: (runs += 1), storage: rig.storage, durations: SHORT }],
    });
    await scenario.meanwhile?.(handle, rig, fakes);
    const outcome = await outcomeOf<ActionOutcome>(handle);
    scenario.expect(outcome, fakes);
    assert.equal(fakes.inputs('finishAction').length, 1, 'reported once');
    return handle;
  });
}
