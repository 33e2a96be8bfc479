import { activityInfo } from '@temporalio/activity';
import type { ActivityDependencies } from '../dependencies.js';

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'log'> & {
  /** The tasks that the frontend wants canceled now. */
  readonly cancelRequests: () => Promise<readonly string[]>;
};

/**
 * Answers the frontend's request to cancel a task: `running` says whether it ran here and was stopped
 * (docs/neighbours/frontend.md#cancel-requests). False if there is no request, as for an operator's cancel.
 */
export async function confirmCancel(
  { frontend, log, cancelRequests }: Dependencies,
  { taskId, running }: { readonly taskId: string; readonly running: boolean },
): Promise<boolean> {
  if (!(await cancelRequests()).includes(taskId)) return false;
  await frontend.confirmCancel(taskId, running);
  log.info({ taskId, running }, 'cancel request confirmed');
  return true;
}

/**
 * The same at the end of a build. After that many attempts of this activity the build ends without the answer, so that
 * its slot is freed; the dispatcher keeps asking.
 */
export async function confirmCancelAtEnd(deps: Dependencies, taskId: string, attempts: number): Promise<boolean> {
  try {
    return await confirmCancel(deps, { taskId, running: true });
  } catch (error) {
    if (activityInfo().attempt < attempts) throw error;
    deps.log.warn(
      { taskId, err: error },
      'the frontend does not take the confirmation of a cancel; the dispatcher goes on',
    );
    return false;
  }
}
