import { condition, getExternalWorkflowHandle, sleep } from '@temporalio/workflow';
import { buildWorkflowId } from '../../contracts/names/ids.js';
import { isHandedOn } from '../../contracts/detached.js';
import type { Dispatch } from '../dispatch/dispatch.js';
import { wasCanceled } from '../was-canceled.js';

/**
 * Passes on the frontend's cancel requests. A running build is canceled, and confirms the request as part of its end.
 * For anything that is not running, the request is confirmed at once, each in a call of its own, so that an id which
 * the frontend cannot process delays no other.
 */
export async function watchCancelRequests({ ledger, budget, trouble, activities }: Dispatch): Promise<void> {
  await condition(() => ledger.knowsWhatRuns);
  for (let isSuspect = false; ;) {
    budget.spend('activity');
    try {
      const inWork = ledger.canceling;
      const { taskIds } = await activities.awaitCancelRequests(isSuspect ? { inWork, once: true } : { inWork });
      isSuspect = false;
      trouble.over('cancels');
      const running = taskIds.filter((taskId) => ledger.recordCancel(taskId) === 'running');
      budget.spend('external', running.length);
      await Promise.all(running.map(askToCancel));
    } catch (error) {
      if (wasCanceled(error)) throw error;
      if (isHandedOn(error)) continue;
      isSuspect = true;
      trouble.note('cancels', error);
      // The pause protects a frontend that refuses, which may recover at any time.
      budget.spend('timer');
      await sleep(ledger.pause * 1000);
    }
  }
}

/** Cancels a build's workflow. */
export async function askToCancel(taskId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(buildWorkflowId(taskId)).cancel();
  } catch {
    // It ended at this very moment; its own report says how.
  }
}
