import assert from 'node:assert/strict';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/contracts/activities.js';
import type { MaintenanceInput } from '../../src/contracts/inputs.js';
import type { maintenance } from '../../src/workflows/maintenance/maintenance.js';
import { fakeActivities, untilCanceled, type Recorded } from '../support/fake-activities.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';
import { temporal } from '../support/temporal.js';

type Round = WorkflowHandle<typeof maintenance>;

/** One path through a round of maintenance. */
export type MaintenanceScenario = {
  readonly name: string;
  readonly runMaintenance: Activities['runMaintenance'];
  readonly run: (world: {
    readonly rig: Rig;
    readonly round: Round;
    readonly calls: readonly Recorded[];
  }) => Promise<void>;
};

export const MAINTENANCE_SCENARIOS: readonly MaintenanceScenario[] = [
  {
    name: 'maintenance-does-its-job',
    runMaintenance: () => Promise.resolve({ summary: '3 logs compressed', changed: 3, troubles: [] }),
    async run({ round, calls }) {
      assert.deepEqual(await round.result(), { summary: '3 logs compressed', changed: 3, troubles: [] });
      assert.deepEqual(calls, [{ name: 'runMaintenance', input: { job: 'compress-live-logs' } }]);
    },
  },
  {
    name: 'maintenance-with-troubles',
    runMaintenance: () =>
      Promise.resolve({ summary: '2 logs compressed', changed: 2, troubles: ['one log cannot be read'] }),
    async run({ round }) {
      const { changed, troubles } = await round.result();
      assert.deepEqual([changed, troubles], [2, ['one log cannot be read']]);
    },
  },
  {
    name: 'maintenance-canceled-lets-its-job-end-first',
    runMaintenance: () => untilCanceled(),
    async run({ rig, round, calls }) {
      await rig.until('the job is under way', () => calls.length === 1);
      await round.cancel();
      await assert.rejects(round.result(), WorkflowFailedError);
      assert.equal((await round.describe()).status.name, 'CANCELLED');
    },
  },
  {
    name: 'maintenance-whose-worker-does-not-know-the-job',
    runMaintenance: () =>
      Promise.reject(ApplicationFailure.create({ message: 'no job', type: 'JobUnknown', nonRetryable: true })),
    async run({ round }) {
      await assert.rejects(round.result(), (error: unknown) => {
        assert.ok(error instanceof WorkflowFailedError);
        const { cause } = error.cause ?? {};
        assert.equal(cause instanceof ApplicationFailure ? cause.type : null, 'JobUnknown');
        return true;
      });
    },
  },
];

export async function runMaintenanceScenario({ runMaintenance, run }: MaintenanceScenario): Promise<Round> {
  const { client } = await temporal();
  const fakes = fakeActivities({ runMaintenance });
  return withRig(fakes.activities, async (rig) => {
    const input: MaintenanceInput = { job: 'compress-live-logs', storage: rig.storage, durations: SHORT };
    const round: Round = await client.workflow.start<typeof maintenance>('maintenance', {
      ...{ workflowId: `maintenance/compress-live-logs/${rig.storage}`, taskQueue: rig.queue, args: [input] },
    });
    await run({ rig, round, calls: fakes.calls });
    return round;
  });
}
