import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { tracedWorkflowBundle, workflowBundle } from '../support/temporal.js';
import { SCENARIOS } from '../workflows/scenarios.js';
import { recordedHistories, scenarioOf } from './histories.js';

describe('recorded histories', function () {
  this.timeout(120_000);

  it('exist for every scenario, and no recording is without one', async () => {
    const recorded = new Set((await recordedHistories()).map(({ name }) => scenarioOf(name)));
    assert.deepEqual([...recorded].sort(), SCENARIOS.map(({ name }) => name).sort());
  });

  // Spans are not made again in a replay; the workflows only have to find where they would go.
  const sinks = { exporter: { export: { fn: () => undefined, callDuringReplay: false } } };
  const bundles = [
    ['of today', workflowBundle],
    ['of today while they are traced', tracedWorkflowBundle],
  ] as const;
  for (const [name, bundle] of bundles) it(`replay with the workflows ${name}`, () => replayAll(bundle));

  async function replayAll(bundle: typeof workflowBundle): Promise<void> {
    const histories = (await recordedHistories()).map(({ name, history }) => ({ workflowId: name, history }));
    assert.ok(histories.length > 0, 'a replay of nothing proves nothing');
    const failures: string[] = [];
    for await (const result of Worker.runReplayHistories({ workflowBundle: await bundle(), sinks }, histories)) {
      if (result.error !== undefined) failures.push(`${result.workflowId}: ${String(result.error)}`);
    }
    assert.deepEqual(failures, []);
  }
});
