import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { TaskFacts } from '../contracts/dispatch.js';
import { actionWorkflowId } from '../contracts/ids.js';
import type { ActionInput, DispatcherInput } from '../contracts/inputs.js';
import { COPR_OWNER } from '../contracts/search-attributes.js';
import type { DispatchLedger } from '../domain/dispatch-ledger.js';
import type { action } from './action.js';
import { dispatch } from './dispatcher.js';

/** Takes actions from the frontend and starts each as a workflow of its own. Never ends by itself. */
export async function actionDispatcher(input: DispatcherInput): Promise<void> {
  await continueAsNew<typeof actionDispatcher>(
    await dispatch({ of: 'actions', start: startAction, cancelable: null }, input),
  );
}

async function startAction(task: TaskFacts, ledger: DispatchLedger): Promise<void> {
  const actionId = Number(task.taskId);
  const input: ActionInput = { actionId, storage: ledger.storage, durations: ledger.durations };
  try {
    await startChild<typeof action>('action', {
      workflowId: actionWorkflowId(actionId),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      typedSearchAttributes: [{ key: COPR_OWNER, value: task.owner }],
      staticSummary: `action ${actionId} of ${task.owner}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
