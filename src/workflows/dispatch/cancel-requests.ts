import { condition, getExternalWorkflowHandle, sleep } from '@temporalio/workflow';
import { buildWorkflowId } from '../../contracts/names/ids.js';
import { isHandedOn } from '../../contracts/detached.js';
import type { Dispatch } from './dispatch.js';
import { wasCanceled } from '../was-canceled.js';

/** Confirmations under way at once; those that the frontend refuses wait beside them. */
const AT_ONCE = 200;
/** First and longest pause after a refused confirmation, in first and longest pauses between its attempts. */
const FIRST_PAUSE = 10;
const MAX_PAUSE = 5;

/**
 * Hands the frontend's cancel requests on. A build that runs is canceled, and confirms the request as part of its end;
 * what does not run is confirmed at once, one request by itself: an id that the frontend chokes on delays no other.
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
      // A frontend that refuses is not asked in a storm; it may be put right any time.
      budget.spend('timer');
      await sleep(ledger.pause * 1000);
    }
  }
}

/** Confirms the requests for tasks that never ran, or have ended without confirming it themselves. */
export async function confirmWhatDoesNotRun({ ledger, budget, trouble, activities }: Dispatch): Promise<void> {
  const underWay = new Set<string>();
  const defect: { error?: unknown } = {};
  let calls = 0;
  const due = (): readonly string[] =>
    calls >= AT_ONCE ? [] : ledger.canceling.filter((taskId) => !underWay.has(taskId) && !ledger.isRunning(taskId));
  for (;;) {
    await condition(() => due().length > 0 || 'error' in defect);
    if ('error' in defect) throw defect.error;
    for (const taskId of due().slice(0, AT_ONCE - calls)) {
      underWay.add(taskId);
      confirm(taskId).catch((error: unknown) => {
        if (!wasCanceled(error)) defect.error = error;
      });
    }
  }

  async function confirm(taskId: string): Promise<void> {
    const { retryFirst, retryLongest } = ledger.durations;
    const longest = retryLongest * MAX_PAUSE;
    for (let pause = retryFirst * FIRST_PAUSE; !(await isConfirmed(taskId)); pause = Math.min(pause * 2, longest)) {
      budget.spend('timer');
      await sleep(pause * 1000);
    }
    trouble.over('cancels', taskId);
    ledger.recordCancelDone(taskId);
    underWay.delete(taskId);
  }

  async function isConfirmed(taskId: string): Promise<boolean> {
    budget.spend('activity');
    calls += 1;
    try {
      await activities.confirmCancelRequest({ taskId });
      return true;
    } catch (error) {
      if (wasCanceled(error)) throw error;
      trouble.note('cancels', error, taskId);
      return false;
    } finally {
      calls -= 1;
    }
  }
}

/** Cancels a build's workflow. */
export async function askToCancel(taskId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(buildWorkflowId(taskId)).cancel();
  } catch {
    // It ended in this very moment; its own report says how.
  }
}
