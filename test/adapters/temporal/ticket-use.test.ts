import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { createBuildsUnderWay } from '../../../src/adapters/temporal/builds-under-way.js';
import { createTicketOwners } from '../../../src/adapters/temporal/ticket-owners.js';
import { createTicketUse } from '../../../src/adapters/temporal/ticket-use.js';
import { buildStart } from '../../../src/contracts/names/ids.js';
import { BUILDER, fakeActivities, untilStopped } from '../../support/fake-activities.js';
import { SHORT, withRig } from '../../support/workflow-rig.js';

const NEXT = { ...BUILDER, ticket: BUILDER.ticket + 1 };

describe('the tickets that builds have', function () {
  this.timeout(120_000);

  it('are known from the moment that a build takes one, with those it is about to give back', async () => {
    let remember = (): void => undefined;
    let answer = (): void => undefined;
    let isAsked = false;
    const { activities } = fakeActivities({
      acquireBuilder: async () => {
        const context = Context.current();
        remember = () => context.heartbeat({ ticket: BUILDER.ticket });
        isAsked = true;
        await new Promise<void>((resolve) => (answer = resolve));
        return { ...BUILDER, suspicion: { why: 'it failed', until: new Date().toISOString() } };
      },
      exchangeBuilder: () => Promise.resolve({ builder: NEXT, givenBack: BUILDER.ticket }),
      releaseBuilder: () => untilStopped(),
      followBuild: () => untilStopped(),
    });
    await withRig(activities, async ({ client, queue, storage, until }) => {
      const taskId = `${Date.now()}-custom-1-x86_64`;
      const use = createTicketUse({ client, owners: createTicketOwners(client), notes: () => Promise.resolve([]) });
      const build = await client.workflow.start('build', {
        ...buildStart(taskId),
        ...{ taskQueue: queue, args: [{ taskId, storage, durations: SHORT }] },
      });
      const own = async (): Promise<readonly (readonly unknown[])[]> => {
        const { used, taking } = await use.look();
        const mine = [BUILDER.ticket, NEXT.ticket].filter((ticket) => used.has(ticket));
        return [mine, taking.filter((id) => id === build.workflowId)];
      };
      await until('a builder is waited for', () => isAsked);
      assert.deepEqual(await own(), [[], [build.workflowId]], 'it may have one already');
      assert.ok((await createBuildsUnderWay(client).buildIds()).has(Number.parseInt(taskId, 10)));
      remember();
      await until('the attempt has said which it has', async () => (await own())[0]?.length === 1);
      assert.deepEqual(await own(), [[BUILDER.ticket], []]);
      answer();
      await until('it has another one', async () => (await own())[0]?.length === 2);
      assert.deepEqual(await own(), [[BUILDER.ticket, NEXT.ticket], []], 'the first is not given back yet');
      await build.terminate('the test wants it over');
      assert.deepEqual(await own(), [[], []]);
      assert.ok(!(await createBuildsUnderWay(client).buildIds()).has(Number.parseInt(taskId, 10)));
    });
  });
});
