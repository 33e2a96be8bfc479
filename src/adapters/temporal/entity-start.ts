import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { WORKFLOW_QUEUE } from '../../contracts/names/task-queues.js';

/** Start options of a long-lived workflow: a running one is used, an ended one may run again. */
export const ENTITY_START = {
  taskQueue: WORKFLOW_QUEUE,
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
} as const;
