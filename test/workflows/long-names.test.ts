import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { createWorkflowMessages } from '../../src/adapters/temporal/workflow-messages.js';
import type { Activities } from '../../src/contracts/activities.js';
import type { ActionOutcome } from '../../src/contracts/action/action.js';
import type { BuildOutcome } from '../../src/contracts/build/build.js';
import { actionWorkflowId, buildStart, repositoryStart, workflowName } from '../../src/contracts/names/ids.js';
import type { RepositoryInput } from '../../src/contracts/inputs.js';
import { changeRequestedSignal, changesQuery, requestAnsweredSignal } from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { statusLines } from '../../src/cli/build/status-text.js';
import { listTasks } from '../../src/starters/task-list.js';
import { requireTaskReference } from '../../src/cli/build/task-argument.js';
import { reportTask } from '../../src/starters/task-report.js';
import { fakeActivities, givenFacts, untilStopped } from '../support/fake-activities.js';
import { temporal, workflowBundle } from '../support/temporal.js';
import { SHORT, terminate, withRig, type Rig } from '../support/workflow-rig.js';

/** The longest that may become a path. */
const long = (begin: string): string => begin.padEnd(255, 'x');
const FACTS = givenFacts({
  taskId: `7-${long('custom')}`.slice(0, 255),
  owner: long('jdoe'),
  project: long('hello'),
  dirname: long('hello:pr'),
  chroot: long('custom').slice(0, 253),
  packageName: `${long('hello')}${long('-world')}`,
});

function requester(requestId: string): { requestId: string; workflowId: string; runId: string } {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  return { requestId, ...run };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** Works with long-lived workflows, which are started on the one queue of an installation. */
async function withOwners<T>(activities: Activities, test: (rig: Rig) => Promise<T>): Promise<T> {
  return withRig(activities, async (rig) => {
    const { nativeConnection: connection } = await temporal();
    const worker = await Worker.create({
      connection,
      taskQueue: WORKFLOW_QUEUE,
      workflowBundle: await workflowBundle(),
    });
    return worker.runUntil(() => test(rig));
  });
}

describe('names as long as they may be', function () {
  this.timeout(120_000);

  it('let a build run, ask its repository and its project, and be found', async () => {
    let messages: ReturnType<typeof createWorkflowMessages> | undefined;
    let letGo = (): void => undefined;
    const held = new Promise<{ logBytes: number; timedOut: boolean }>((resolve) => {
      letGo = () => resolve({ logBytes: 1, timedOut: false });
    });
    const { owner, project, dirname, chroot } = FACTS;
    const { activities, inputs } = fakeActivities({
      beginBuild: () =>
        Promise.resolve({ start: true, facts: FACTS, missing: { repository: true, key: true }, startedOn: 1 }),
      requestPrerequisites: async ({ repository, key }) => {
        assert.ok(repository !== null && key !== null && messages !== undefined);
        const change = repositoryChange('ensure');
        await messages.requestChange({ owner, dirname, chroot }, { ...requester(repository.requestId), change });
        const work = { kind: 'ensureKey', dirname } as const;
        await messages.requestProjectWork({ owner, project }, { ...requester(key.requestId), work });
      },
      deliverResults: async ({ publish }) => {
        assert.ok(publish !== null && messages !== undefined);
        const change = repositoryChange('change', { add: [FACTS.targetDir] });
        await messages.requestChange({ owner, dirname, chroot }, { ...requester(publish.requestId), change });
      },
      followBuild: () => untilStopped(held),
    });
    await withOwners(activities, async ({ client, queue, storage, until }) => {
      messages = createWorkflowMessages({ client, storage, durations: SHORT });
      const build = await client.workflow.start('build', {
        ...buildStart(FACTS.taskId),
        taskQueue: queue,
        args: [{ taskId: FACTS.taskId, storage, durations: SHORT }],
      });
      const open = { client, namespace: 'default', close: () => Promise.resolve() };
      const reference = requireTaskReference(FACTS.taskId);
      assert.equal(reference.workflowId, build.workflowId);
      await until('it builds', async () => (await reportTask(open, reference)).status?.stage === 'building');

      const listed = async (): Promise<readonly string[]> => {
        const list = await listTasks(open, { now: Date.now(), endedWithinMs: 0, limit: 100 });
        return list.reports.map(({ task }) => task);
      };
      await until('the list of tasks has it', async () => (await listed()).includes(FACTS.taskId));
      assert.match(statusLines(await reportTask(open, reference), Date.now())[0] ?? '', /^7-customx+ {2}building/);

      const owners: WorkflowExecutionInfo[] = [];
      for (const kind of ['repository', 'project']) {
        await until(`the ${kind} is listed by its owner`, async () => {
          const query = `WorkflowType = "${kind}" AND CoprOwner = "${owner}"`;
          for await (const found of client.workflow.list({ query })) owners.push(found);
          return owners.some(({ type }) => type === kind);
        });
      }
      const names = new Map(owners.map((found) => [workflowName(found), found.workflowId]));
      assert.deepEqual(
        [...names.keys()].sort(),
        [`project/${owner}/${project}`, `repository/${owner}/${dirname}/${chroot}`].sort(),
      );
      for (const id of [...names.values(), build.workflowId]) assert.ok(Buffer.byteLength(id) <= 255, id);
      // An activity may be tried again on a busy machine.
      const repositories = distinct(inputs('publishRepository').map(({ repository }) => repository));
      assert.deepEqual(repositories, [{ owner, dirname, chroot }]);
      assert.deepEqual(distinct(inputs('ensureKey')), [{ project: { owner, project }, dirname }]);

      letGo();
      assert.equal(((await build.result()) as BuildOutcome).result, 'succeeded');
      messages.close();
      for (const id of names.values()) await terminate(client.workflow.getHandle(id));
    });
  });

  it('stay known when a workflow starts again', async () => {
    const repository = { owner: long('jdoe'), dirname: long('anew'), chroot: 'custom-1-x86_64' };
    await withRig(fakeActivities().activities, async ({ client, queue, storage, until }) => {
      const input: RepositoryInput = {
        repository,
        storage,
        durations: { ...SHORT, linger: 60 },
        eventLimit: 10, // a request and its run
        carried: null,
      };
      const change = repositoryChange('ensure');
      const handle = await client.workflow.signalWithStart('repository', {
        ...repositoryStart(repository),
        taskQueue: queue,
        args: [input],
        signal: changeRequestedSignal,
        signalArgs: [{ requestId: 'a', workflowId: 'nobody', runId: randomUUID(), change }],
      });
      const first = handle.signaledRunId;
      const newest = client.workflow.getHandle(handle.workflowId);
      await until('the next run', async () => (await newest.describe()).runId !== first);
      assert.equal((await newest.query(changesQuery)).runs, 1);
      assert.equal(
        workflowName(await newest.describe()),
        `repository/${repository.owner}/${repository.dirname}/${repository.chroot}`,
      );
      await terminate(newest);
    });
  });

  it('let an action have work done by another workflow', async () => {
    const target = { owner: long('jdoe'), dirname: long('world') };
    let client: Rig['client'] | undefined;
    const answer = async ({ requestId }: { readonly requestId: string }): Promise<void> => {
      const { workflowId, runId } = requester(requestId);
      await client?.workflow.getHandle(workflowId, runId).signal(requestAnsweredSignal, { requestId, failure: null });
    };
    const destination = { owner: target.owner, project: long('world') };
    const source = { owner: target.owner, project: long('hello') };
    const { activities, inputs } = fakeActivities({
      beginAction: () => Promise.resolve({ type: 'rename', source, destination, sign: true }),
      renameProject: () =>
        Promise.resolve({ dirnames: [target.dirname], isLast: true, requests: { items: [], file: null } }),
      requestLock: answer,
      requestKey: answer,
      requestRepositories: async ({ requests }) => {
        for (const request of requests) await answer(request);
      },
    });
    await withRig(activities, async (rig) => {
      ({ client } = rig);
      const action = await client.workflow.start('action', {
        workflowId: actionWorkflowId(7),
        taskQueue: rig.queue,
        args: [{ actionId: 7, storage: rig.storage, durations: SHORT }],
      });
      assert.deepEqual((await action.result()) as ActionOutcome, { result: 'succeeded' });
      assert.deepEqual(
        inputs('resignBuilds').map((input) => input.target),
        [target],
      );
      const found: WorkflowExecutionInfo[] = [];
      await rig.until('its work is listed', async () => {
        for await (const one of rig.client.workflow.list({ query: 'WorkflowType = "resign"' }))
          if (one.taskQueue === rig.queue) found.push(one);
        return found.length > 0;
      });
      assert.equal(workflowName(found[0] ?? { workflowId: '' }), `resign/${target.owner}/${target.dirname}/7`);
    });
  });
});
