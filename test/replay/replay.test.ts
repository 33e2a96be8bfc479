import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/temporal.js';
import { SCENARIOS } from '../workflows/scenarios.js';
import { recordedHistories, scenarioOf } from './histories.js';

describe('recorded histories', function () {
  this.timeout(120_000);

  it('exist for every scenario, and no recording is without one', async () => {
    const recorded = new Set((await recordedHistories()).map(({ name }) => scenarioOf(name)));
    assert.deepEqual([...recorded].sort(), SCENARIOS.map(({ name }) => name).sort());
  });

  it('replay with the workflows of today', async () => {
    const histories = (await recordedHistories()).map(({ name, history }) => ({ workflowId: name, history }));
    assert.ok(histories.length > 0, 'a replay of nothing proves nothing');
    const failures: string[] = [];
    for await (const result of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories)) {
      if (result.error !== undefined) failures.push(`${result.workflowId}: ${String(result.error)}`);
    }
    assert.deepEqual(failures, []);
  });
});
