import type { WorkflowExecutionStatusName } from '@temporalio/client';

/**
 * A list filter: what has not ended, running or paused (`temporal workflow pause`, server 1.32 where an operator enables
 * it). Not by its status: servers before 1.32 refuse a query that names a status they do not know.
 */
export const IS_OPEN = 'CloseTime IS NULL';

/** The same of a description. */
export function isOpenStatus(name: WorkflowExecutionStatusName): boolean {
  return name === 'RUNNING' || name === 'PAUSED';
}
