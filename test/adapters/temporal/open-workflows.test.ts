import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { createFailingWorkflows } from '../../../src/adapters/temporal/failing-workflows.js';
import { IS_OPEN } from '../../../src/adapters/temporal/open-workflows.js';
import type { OpenClient } from '../../../src/starters/connect.js';
import { statusLines, statusRow } from '../../../src/cli/build/status-text.js';
import { reportAsJson } from '../../../src/cli/build/report-json.js';
import { listTasks } from '../../../src/starters/task-list.js';
import { endedWell, hasEnded } from '../../../src/starters/task-report.js';
import { pauseWorkflow } from '../../support/paused.js';
import { temporal } from '../../support/temporal.js';

describe('a workflow that an operator has paused', function () {
  this.timeout(60_000);
  const task = `7-paused-${randomUUID().slice(0, 8)}`;
  let handles: WorkflowHandle[] = [];

  afterEach(async () => {
    await Promise.all(handles.map((handle) => handle.terminate().catch(() => undefined)));
    handles = [];
  });

  it('has not ended: it is listed, shown as paused with what to do, and looked after', async function () {
    const { client } = await temporal();
    // No worker: nobody but Temporal says anything of them.
    const start = (workflowId: string): Promise<WorkflowHandle> =>
      client.workflow.start('build', { workflowId, taskQueue: task, args: [] });
    handles = [
      await start(`build/${task}-x86_64`),
      await start(`build/${task}-i386`),
      await start(`build/${task}-s390x`),
    ];
    const [paused, , ended] = handles;
    const pause = await pauseWorkflow(client, paused?.workflowId ?? '');
    if (pause === null) return this.skip(); // an older server
    await ended?.terminate();

    const listed = async (query: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const one of client.workflow.list({ query: `TaskQueue = "${task}" AND ${query}` }))
        found.push(one.workflowId);
      return found.sort();
    };
    const both = [`build/${task}-i386`, `build/${task}-x86_64`];
    for (let look = 0; look < 200 && (await listed(IS_OPEN)).length !== 2; look += 1) continue;
    for (let look = 0; look < 200 && (await listed('ExecutionStatus = "Running"')).length !== 1; look += 1) continue;
    assert.deepEqual(await listed(IS_OPEN), both);
    assert.deepEqual(await listed('ExecutionStatus = "Running"'), [both[0]]);

    const open: OpenClient = { client, namespace: client.options.namespace } as OpenClient;
    const { reports } = await listTasks(open, { now: Date.now(), endedWithinMs: 0, limit: 1000 });
    const report = reports.find(({ workflowId }) => workflowId === paused?.workflowId) ?? assert.fail('not listed');
    assert.deepEqual([report.execution, hasEnded(report), endedWell(report)], ['PAUSED', false, null]);
    assert.ok(
      statusLines(report, Date.now()).includes(
        `  paused at Temporal: temporal workflow unpause --workflow-id 'build/${task}-x86_64' lets it go on`,
      ),
    );
    assert.equal(statusRow(report, Date.now()).at(-1), 'paused at Temporal');
    assert.equal(reportAsJson(report)['paused'], true);
    assert.equal((await createFailingWorkflows({ client }).look()).missed, null);
  });
});
