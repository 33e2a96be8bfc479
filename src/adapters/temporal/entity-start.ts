import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { WORKFLOW_QUEUE } from '../../contracts/task-queues.js';

/** How a long-lived workflow is started: one that runs is used as it is, one that ended may run again. */
export const ENTITY_START = {
  taskQueue: WORKFLOW_QUEUE,
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
} as const;
