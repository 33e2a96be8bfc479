import assert from 'node:assert/strict';
import type { NativeConnection } from '@temporalio/worker';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { countOpenOn } from '../../src/adapters/temporal/versioned-workflows.js';
import { workersOf } from '../../src/adapters/temporal/version-workers.js';
import { describeDeployment } from '../../src/adapters/temporal/worker-deployment.js';
import { changesQuery } from '../../src/contracts/messages.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { describeVersions, drain, makeCurrent, ramp } from '../../src/starters/deployment.js';
import { versionOptions } from '../../src/workers/worker-version.js';
import { watchDeployment } from '../../src/workers/watch-deployment.js';
import type { build } from '../../src/workflows/build/build.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import { fakeActivities } from '../support/fake-activities.js';
import { published } from '../workflows/build-scenarios.js';
import { heldRepository } from '../support/given-held-repository.js';
import { givenNamespace, type GivenNamespace } from '../support/given-namespace.js';
import { Holds } from '../support/hold.js';
import { nextFormBundle, nextWorkflowBundle, temporal, workflowBundle } from '../support/temporal.js';
import { until } from '../support/until.js';
import { SHORT } from '../support/workflow-rig.js';

const STORAGE = 'main';
const NOW = { force: false, dryRun: false };
const OLD = '0.1.0-0123456789ab';
const NEW = '0.2.0-ba9876543210';
const LOG = { info: () => undefined, warn: () => undefined };

/** Versions in a namespace of their own: the server has one deployment of this name in each. */
describe('versions of the workers', function () {
  this.timeout(300_000);
  let given: GivenNamespace;
  let open: { readonly client: Client; readonly namespace: string; readonly close: () => Promise<void> };
  let connection: NativeConnection;
  const ends: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    given = await givenNamespace();
    const { client, namespace } = given;
    open = { client, namespace, close: () => Promise.resolve() };
    ({ nativeConnection: connection } = await temporal());
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await given.remove();
  });

  it('end the builds that began on them, while all else goes on in the next one, and back', async () => {
    const slow = new Holds<string>();
    const building = slow.add(() => true);
    ends.push(() => Promise.resolve(building.release()));
    await versioned(OLD, await workflowBundle(), slow);
    await firstIsCurrent(OLD);
    const held = await startHeld();
    const early = await startBuild(1);
    await until('it builds', async () => (await openOn(OLD)).build === 1);

    await versioned(NEW, await nextWorkflowBundle(), slow);
    assert.deepEqual(await makeCurrent(open, NEW, { ...NOW, dryRun: true }), { before: OLD, told: 0 });
    assert.equal((await describeDeployment(given.client))?.current, OLD);
    const { before, told } = await makeCurrent(open, NEW, NOW);
    assert.deepEqual([before, told], [OLD, 1]);
    await until('the repository goes on there', async () => (await openOn(NEW)).repository === 1);
    assert.equal((await held.query(changesQuery)).held, 1, 'with all that it holds');
    const late = await startBuild(2);
    await until('a new build begins there', async () => (await openOn(NEW)).build === 1);
    assert.deepEqual(await openOn(OLD), { build: 1 });

    await building.release();
    assert.equal((await early.result()).result, 'succeeded');
    assert.equal((await late.result()).result, 'succeeded');
    assert.deepEqual([await versionOf(early), await versionOf(late)], [OLD, NEW]);
    await drain(open, OLD, () => undefined, AbortSignal.timeout(60_000));

    await makeCurrent(open, OLD, NOW);
    await until('it goes back', async () => (await openOn(OLD)).repository === 1);
    assert.equal((await held.query(changesQuery)).held, 1);
  });

  it('are told to go on by a poller, too, if the command was cut off', async () => {
    await versioned(OLD, await workflowBundle());
    await firstIsCurrent(OLD);
    await startHeld();
    await versioned(NEW, await nextWorkflowBundle());
    await given.client.workflowService.setWorkerDeploymentCurrentVersion({
      ...{ namespace: given.namespace, deploymentName: 'copr-backend', buildId: NEW, identity: 'a cut command' },
    });
    watch(NEW);
    await until('the repository goes on there', async () => (await openOn(NEW)).repository === 1);
  });

  it('leave what only a later one can read untouched until that is current again', async () => {
    await versioned(OLD, await workflowBundle());
    await firstIsCurrent(OLD);
    const held = await startHeld();
    await versioned(NEW, await nextFormBundle());
    await makeCurrent(open, NEW, NOW);
    await until('the repository goes on there', async () => (await openOn(NEW)).repository === 1);

    await makeCurrent(open, OLD, NOW);
    await until('the old version refuses it', async () => {
      const { events = [] } = await held.fetchHistory();
      const said = events?.map((event) => event.workflowTaskFailedEventAttributes?.failure?.message ?? '') ?? [];
      return said.some((text) => text.includes('has form 2, and this version of the workers reads forms up to 1'));
    });
    await makeCurrent(open, NEW, NOW);
    await until('it goes on there', async () => (await openOn(NEW)).repository === 1);
    assert.equal((await held.query(changesQuery)).held, 1, 'with all that it holds');
  });

  it('get a part of the builds, and give back what does not work', async () => {
    await versioned(OLD, await workflowBundle());
    await firstIsCurrent(OLD);
    await versioned(NEW, await nextWorkflowBundle());
    await ramp(open, { build: NEW, percent: 100 }, NOW);
    const through = await startBuild(1);
    assert.equal((await through.result()).result, 'succeeded');
    assert.equal(await versionOf(through), NEW);
    await ramp(open, null, NOW);
    const back = await startBuild(2);
    await back.result();
    assert.equal(await versionOf(back), OLD);
  });

  it('refuse what would leave builds without workers', async () => {
    await assert.rejects(describeVersions(open), { reason: 'notFound' });
    await versioned(OLD, await workflowBundle());
    await firstIsCurrent(OLD);
    await assert.rejects(makeCurrent(open, NEW, NOW), { reason: 'notFound', message: new RegExp(OLD) });
    await assert.rejects(makeCurrent(open, OLD, NOW), { reason: 'alreadyRunning' });
    await workflowsOf(NEW, await nextWorkflowBundle());
    await until('the server knows its worker', async () => (await served(NEW)) === 1);
    await assert.rejects(makeCurrent(open, NEW, NOW), { reason: 'wouldStrand', message: /copr\.publish\.main/ });
    await assert.rejects(
      drain(open, OLD, () => undefined, AbortSignal.timeout(60_000)),
      { reason: 'alreadyRunning' },
    );
    const { current, versions } = await describeVersions(open);
    assert.equal(current, OLD);
    assert.deepEqual(
      versions.map(({ build: id, state, workers }) => [id, state, workers.filter((one) => one.workers > 0).length]),
      [
        [NEW, 'inactive', 1],
        [OLD, 'current', 6],
      ],
    );
  });

  it('leave everything to workers without versions, if an operator wants it', async () => {
    await versioned(OLD, await workflowBundle());
    await firstIsCurrent(OLD);
    const held = await startHeld();
    await makeCurrent(open, null, NOW);
    await workflowsOf(null, await workflowBundle());
    await until('it goes on', async () => Object.keys(await openOn(OLD)).length === 0);
    assert.equal((await held.query(changesQuery)).held, 1);
    watch(OLD);
    assert.equal(
      (await describeDeployment(given.client))?.current,
      null,
      'and a worker with a version does not take it',
    );
  });

  async function versioned(buildId: string, bundle: WorkflowBundle, slow?: Holds<string>): Promise<void> {
    const startRemoteBuild = fakeActivities().activities.startRemoteBuild;
    const { activities } = fakeActivities({
      ...published(given.client),
      startRemoteBuild: async (input) => {
        await slow?.pass('');
        return startRemoteBuild(input);
      },
    });
    await workflowsOf(buildId, bundle);
    for (const taskQueue of [POLL_QUEUE, ...Object.values(storageQueues(STORAGE))])
      await run(
        await Worker.create({
          ...{ connection, namespace: given.namespace, taskQueue, activities, ...versionOptions(buildId) },
          ...{ shutdownForceTime: '1s', shutdownGraceTime: 0 },
        }),
      );
    await until('the server knows its workers', async () => (await served(buildId)) === 6);
  }

  /** Task queues at which workers of a build ask for work. */
  async function served(buildId: string): Promise<number> {
    const versions = (await describeDeployment(given.client))?.versions ?? [];
    if (!versions.some((version) => version.build === buildId)) return 0;
    return (await workersOf(given.client, buildId)).filter(({ workers }) => workers > 0).length;
  }

  async function workflowsOf(buildId: string | null, bundle: WorkflowBundle): Promise<void> {
    const { namespace } = given;
    const options = { connection, namespace, taskQueue: WORKFLOW_QUEUE, workflowBundle: bundle };
    await run(await Worker.create({ ...options, ...versionOptions(buildId) }));
  }

  async function run(worker: Worker): Promise<void> {
    const running = worker.run();
    ends.push(async () => {
      worker.shutdown();
      await running;
    });
    await Promise.resolve();
  }

  function watch(buildId: string): void {
    ends.unshift(watchDeployment({ client: given.client, buildId, identity: 'the test', log: LOG }));
  }

  async function firstIsCurrent(buildId: string): Promise<void> {
    watch(buildId);
    await until('it is current', async () => (await describeDeployment(given.client))?.current === buildId);
    await ends.shift()?.();
  }

  function openOn(buildId: string): ReturnType<typeof countOpenOn> {
    return countOpenOn(given.client, buildId);
  }

  async function startHeld(): Promise<WorkflowHandle<typeof repository>> {
    const request = { requestId: 'build-1', workflowId: 'nobody', runId: '' };
    const handle = await given.client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/jdoe/hello/custom-1-x86_64`,
      taskQueue: WORKFLOW_QUEUE,
      args: [heldRepository({ storage: STORAGE }, [request])],
    });
    await until('it runs', async () => (await openOn(OLD)).repository === 1);
    return given.client.workflow.getHandle<typeof repository>(handle.workflowId);
  }

  function startBuild(id: number): Promise<WorkflowHandle<typeof build>> {
    return given.client.workflow.start<typeof build>('build', {
      workflowId: `build-${id}`,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ taskId: `${id}-custom-1-x86_64`, storage: STORAGE, durations: SHORT }],
    });
  }

  async function versionOf(handle: WorkflowHandle<typeof build>): Promise<string | null | undefined> {
    return (await handle.describe()).raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  }
});
