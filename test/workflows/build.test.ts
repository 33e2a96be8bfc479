import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/temporal.js';
import { BUILD_SCENARIOS, runBuildScenario } from './build-scenarios.js';

describe('build workflow', function () {
  this.timeout(60_000);
  for (const scenario of BUILD_SCENARIOS) {
    it(`ends as it should: ${scenario.name}`, async () => {
      const handle = await runBuildScenario(scenario);
      await Worker.runReplayHistory(
        { workflowBundle: await workflowBundle() },
        await handle.fetchHistory(),
        handle.workflowId,
      );
    });
  }
});
