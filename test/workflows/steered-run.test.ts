import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { fakeActivities } from '../support/fake-activities.js';
import { temporal, workflowBundle } from '../support/temporal.js';
import { SHORT, withActivities, type Rig } from '../support/workflow-rig.js';
import type { ResignStatus } from '../../src/contracts/signing/resign.js';
import { cancelResigning, resignRun } from '../../src/starters/resign-run.js';
import { followRun, type RunListener } from '../../src/starters/steered-run.js';

describe('following a run', function () {
  this.timeout(60_000);

  it('waits while no worker answers, says so once, and sees the end', async () => {
    const fakes = fakeActivities();
    await withActivities(fakes.activities, async (rig) => {
      const open = await startResign(rig);
      const seen = givenListener();
      const following = followRun(open, resignRun(targetOf(rig)), seen.listener);
      await rig.until('it is said', () => seen.unanswered.length > 0);
      assert.equal(seen.stages.length, 0);
      const end = await withWorkflowWorker(rig, async () => {
        await rig.until('it is seen', () => seen.stages.length > 0);
        await cancelResigning(open, targetOf(rig));
        return await following;
      });
      assert.equal(end.outcome?.result, 'canceled');
      assert.equal(seen.stages.at(-1), 'ended');
      assert.match(seen.unanswered.join('\n'), /^jdoe\/test-\w+: no worker answers; .* It goes on when one does\.$/);
    });
  });

  it('says that the run was terminated', async () => {
    const fakes = fakeActivities();
    await withActivities(fakes.activities, (rig) =>
      withWorkflowWorker(rig, async () => {
        const open = await startResign(rig);
        const seen = givenListener();
        const following = followRun(open, resignRun(targetOf(rig)), seen.listener);
        const refused = assert.rejects(following, { reason: 'endedEarly', message: /ended before .*: terminated$/ });
        await rig.until('it is seen', () => seen.stages.length > 0);
        await rig.client.workflow.getHandle(resignRun(targetOf(rig)).workflowId).terminate();
        await refused;
      }),
    );
  });
});

const targetOf = ({ storage }: Rig): { owner: string; dirname: string } => ({ owner: 'jdoe', dirname: storage });

async function startResign(rig: Rig): Promise<Parameters<typeof followRun>[0]> {
  const { client, queue: taskQueue, storage } = rig;
  const input = { target: targetOf(rig), chroots: null, storage, durations: SHORT, carried: null };
  const { workflowId } = resignRun(input.target);
  await client.workflow.start('resign', { workflowId, taskQueue, args: [input] });
  return { client, namespace: 'default', close: () => Promise.resolve() };
}

async function withWorkflowWorker<T>({ queue }: Rig, test: () => Promise<T>): Promise<T> {
  const { nativeConnection: connection } = await temporal();
  const worker = await Worker.create({ connection, taskQueue: queue, workflowBundle: await workflowBundle() });
  return worker.runUntil(test);
}

type Seen = { listener: RunListener<ResignStatus>; stages: string[]; unanswered: string[] };

function givenListener(): Seen {
  const stages: string[] = [];
  const unanswered: string[] = [];
  const listener: RunListener<ResignStatus> = {
    moved: ({ stage }) => void stages.push(stage),
    unanswered: ({ message }) => void unanswered.push(message),
  };
  return { listener, stages, unanswered };
}
