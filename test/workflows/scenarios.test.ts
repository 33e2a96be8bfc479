import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/temporal.js';
import { recordHistory } from '../replay/histories.js';
import { SCENARIOS } from './scenarios.js';

/** Runs every path with activities that answer as the scenario says, and replays what it left behind. */
for (const of of new Set(SCENARIOS.map((scenario) => scenario.of))) {
  describe(`${of} workflow`, function () {
    this.timeout(60_000);
    for (const scenario of SCENARIOS.filter((candidate) => candidate.of === of)) {
      it(scenario.name.replaceAll('-', ' '), async () => {
        const handle = await scenario.run();
        const history = await handle.fetchHistory();
        await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, handle.workflowId);
        await recordHistory(scenario.name, history);
      });
    }
  });
}
