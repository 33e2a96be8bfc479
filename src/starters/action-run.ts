import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { ActionInput } from '../contracts/inputs.js';
import { actionWorkflowId } from '../contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import type { OpenClient } from './connect.js';

/** Starts an action by hand, whatever its place in the queue; an ended one is repeated, a running one continues. */
export async function startAction(
  { client }: OpenClient,
  { actionId, storage }: { readonly actionId: number; readonly storage: string },
): Promise<void> {
  const input: ActionInput = { actionId, storage, durations: DEFAULT_DURATIONS };
  await startWorkflow(client, 'action', {
    workflowId: actionWorkflowId(actionId),
    taskQueue: WORKFLOW_QUEUE,
    input,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `action ${actionId}, by hand`,
  });
}
