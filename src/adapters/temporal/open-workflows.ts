import type { WorkflowExecutionStatusName } from '@temporalio/client';

/**
 * A list filter for workflows that have not ended, running or paused (`temporal workflow pause`, server 1.32 if an
 * operator enables it). Not by its status: servers before 1.32 refuse a query that names a status they do not know.
 */
export const IS_OPEN = 'CloseTime IS NULL';

/** The same test for the status in a description. */
export function isOpenStatus(name: WorkflowExecutionStatusName): boolean {
  return name === 'RUNNING' || name === 'PAUSED';
}
