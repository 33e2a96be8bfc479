import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { createTicketOwners } from '../../../src/adapters/temporal/ticket-owners.js';
import { buildStatusQuery } from '../../../src/contracts/messages.js';
import { BUILDER, fakeActivities, untilStopped } from '../../support/fake-activities.js';
import { SHORT, withRig } from '../../support/workflow-rig.js';

const OTHER = BUILDER.ticket + 1;

describe('the owner of a ticket', function () {
  this.timeout(60_000);

  it('is told from its build, at each point of its life', async () => {
    let activityId = '';
    let remember = (): void => undefined;
    let answer = (): void => undefined;
    const { activities } = fakeActivities({
      acquireBuilder: async () => {
        const context = Context.current();
        activityId = context.info.activityId;
        remember = () => context.heartbeat({ ticket: BUILDER.ticket });
        await new Promise<void>((resolve) => (answer = resolve));
        return BUILDER;
      },
      followBuild: () => untilStopped(),
    });
    await withRig(activities, async ({ client, queue, storage, until }) => {
      const owners = createTicketOwners(client);
      const build = await client.workflow.start('build', {
        workflowId: `build/owner-${randomUUID()}`,
        taskQueue: queue,
        args: [{ taskId: '7-custom-1-x86_64', storage, durations: SHORT }],
      });
      const claim = (): { workflowId: string; runId: string; activityId: string } => ({
        ...{ workflowId: build.workflowId, runId: build.firstExecutionRunId, activityId },
      });
      const of = (ticket: number): Promise<string> => owners.ownership({ claim: claim(), ticket });
      const both = async (): Promise<readonly string[]> => Promise.all([of(BUILDER.ticket), of(OTHER)]);

      await until('a builder is waited for', () => activityId !== '');
      assert.deepEqual(await both(), ['undecided', 'undecided'], 'the next attempt may yet be told of either');
      remember();
      await until('the attempt has said which it has', async () => (await of(BUILDER.ticket)) === 'owned');
      assert.equal(await of(OTHER), 'unowned');
      answer();
      await until('it builds', async () => (await build.query(buildStatusQuery)).stage === 'building');
      assert.deepEqual(await both(), ['owned', 'unowned']);
      await build.terminate('the test wants it over');
      assert.deepEqual(await both(), ['unowned', 'unowned']);
    });
  });

  it('is nobody where Temporal does not know the build', async () => {
    await withRig(fakeActivities().activities, async ({ client }) => {
      const claim = { workflowId: `build/${randomUUID()}`, runId: randomUUID(), activityId: '5' };
      assert.equal(await createTicketOwners(client).ownership({ claim, ticket: 5 }), 'unowned');
    });
  });
});
