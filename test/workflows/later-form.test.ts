import assert from 'node:assert/strict';
import { MOVING_TYPES } from '../../src/contracts/workflows.js';
import { fakeActivities } from '../support/fake-activities.js';
import { withRig } from '../support/workflow-rig.js';

/** A form that no version knows. */
const LATER = 1_000_000;

describe('a long-lived workflow that is handed what only a later version reads', function () {
  this.timeout(60_000);

  it('does nothing with it, says what it waits for, and does not end', async () => {
    await withRig(fakeActivities().activities, async ({ client, queue, storage, until }) => {
      for (const type of MOVING_TYPES) {
        // Nothing else of the input is there: who read it first would say something else.
        const handle = await client.workflow.start(type, {
          ...{ workflowId: `later-form/${type}/${storage}`, taskQueue: queue, args: [{ form: LATER }] },
        });
        try {
          const said = async (): Promise<readonly string[]> =>
            ((await handle.fetchHistory()).events ?? []).flatMap(
              ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? [],
            );
          await until(`${type} has failed its task`, async () => (await said()).length > 0);
          assert.match((await said())[0] ?? '', new RegExp(`^what this ${type} was handed has form ${LATER}`));
          assert.equal((await handle.describe()).status.name, 'RUNNING');
        } finally {
          await handle.terminate();
        }
      }
    });
  });
});
