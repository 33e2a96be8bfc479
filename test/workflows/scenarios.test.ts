import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { temporal, workflowBundle } from '../support/temporal.js';
import { type History, recordHistory } from '../replay/histories.js';
import { SCENARIOS } from './scenarios.js';

/** Runs every path with activities that answer as the scenario says, and replays its history. */
for (const of of new Set(SCENARIOS.map((scenario) => scenario.of))) {
  describe(`${of} workflow`, function () {
    this.timeout(180_000); // one of them hears of thousands of signals
    for (const scenario of SCENARIOS.filter((candidate) => candidate.of === of)) {
      it(scenario.name.replaceAll('-', ' '), async () => {
        const handle = await scenario.run();
        const [first, ...later] = await runsOf(handle);
        for (const history of [first, ...later])
          await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, handle.workflowId);
        const last = later.at(-1);
        const [second] = later;
        // The first run decides to continue as new, the last uses what it was handed, one in between does both.
        if (last !== undefined) await recordHistory(`${scenario.name}.first`, first);
        if (second !== undefined && second !== last) await recordHistory(`${scenario.name}.second`, second);
        await recordHistory(scenario.name, last ?? first);
      });
    }
  });
}

/** Every run of a workflow that continued as new, the first one first. */
async function runsOf(handle: WorkflowHandle): Promise<[History, ...History[]]> {
  const { client } = await temporal();
  const runs: [History, ...History[]] = [await handle.fetchHistory()];
  for (;;) {
    const before = runs[0].events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    if (before === '') return runs;
    runs.unshift(await client.workflow.getHandle(handle.workflowId, before).fetchHistory());
  }
}
