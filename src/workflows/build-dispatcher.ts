import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { TaskFacts } from '../contracts/dispatch.js';
import { buildWorkflowId } from '../contracts/ids.js';
import type { BuildInput, DispatcherInput } from '../contracts/inputs.js';
import { COPR_BUILD_ID, COPR_CHROOT, COPR_OWNER, COPR_STAGE } from '../contracts/search-attributes.js';
import { parseTaskId } from '../domain/build-directory.js';
import type { DispatchLedger } from '../domain/dispatch-ledger.js';
import type { build } from './build.js';
import { dispatch } from './dispatcher.js';

/** Takes builds from the frontend and starts each as a workflow of its own, within the limits. Never ends by itself. */
export async function buildDispatcher(input: DispatcherInput): Promise<void> {
  await continueAsNew<typeof buildDispatcher>(
    await dispatch({ of: 'builds', start: startBuild, cancelable: buildWorkflowId }, input),
  );
}

async function startBuild(task: TaskFacts, ledger: DispatchLedger): Promise<void> {
  const parsed = parseTaskId(task.taskId);
  const input: BuildInput = { taskId: task.taskId, storage: ledger.storage, durations: ledger.durations };
  try {
    await startChild<typeof build>('build', {
      workflowId: buildWorkflowId(task.taskId),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      typedSearchAttributes: [
        { key: COPR_OWNER, value: task.owner },
        { key: COPR_BUILD_ID, value: String(parsed?.buildId ?? task.taskId) },
        { key: COPR_CHROOT, value: parsed?.chroot ?? '' },
        { key: COPR_STAGE, value: 'waiting' },
      ],
      staticSummary: `build ${task.taskId} of ${task.owner}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
