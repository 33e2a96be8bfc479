import assert from 'node:assert/strict';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import type { Workflows } from '../../src/contracts/workflows.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { findTemporal } from '../../temporal/binary.js';
import { fakeActivities, untilCanceled } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, terminate, withRig } from '../support/workflow-rig.js';

describe('temporal workflow query', () => {
  it('prints the status of a build that operations.md asks for, as `copr-backend status` reads it', async () => {
    const { client, address } = await temporal();
    const fakes = fakeActivities({ followBuild: () => untilCanceled() });
    await withRig(fakes.activities, async (rig) => {
      const build = await client.workflow.start<Workflows['build']>('build', {
        workflowId: `build/cli-${rig.storage}`,
        taskQueue: rig.queue,
        args: [{ taskId: '7-custom-1-x86_64', storage: rig.storage, durations: SHORT }],
      });
      await rig.until('it builds', () => fakes.inputs('followBuild').length === 1);
      const query = ['workflow', 'query', '--workflow-id', build.workflowId, '--type', 'status'];
      const asked = await runCommand(
        (await findTemporal()).path,
        [...query, '--address', address, '--output', 'json'],
        { timeoutMs: 30_000 },
      );
      assert.equal(asked.code, 0, asked.stderr);
      const { queryResult } = JSON.parse(asked.stdout) as { readonly queryResult: readonly unknown[] };
      assert.deepEqual(queryResult, [await build.query(buildStatusQuery)]);
      await terminate(build);
    });
  });
});
