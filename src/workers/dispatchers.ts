import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/ids.js';
import type { DispatcherInput } from '../contracts/inputs.js';
import { WORKFLOW_QUEUE } from '../contracts/task-queues.js';

/** Makes sure that both dispatchers run; one that does is left as it is, whoever started it. */
export async function ensureDispatchers(client: Client): Promise<void> {
  const input: DispatcherInput = { state: null };
  const dispatchers = [
    ['buildDispatcher', BUILD_DISPATCHER_ID, 'admits builds'],
    ['actionDispatcher', ACTION_DISPATCHER_ID, 'admits actions'],
  ] as const;
  for (const [type, workflowId, staticSummary] of dispatchers) {
    await client.workflow.start(type, {
      workflowId,
      taskQueue: WORKFLOW_QUEUE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      args: [input],
      staticSummary,
    });
  }
}
