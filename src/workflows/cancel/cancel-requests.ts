import { condition, getExternalWorkflowHandle, sleep } from '@temporalio/workflow';
import { buildWorkflowId } from '../../contracts/names/ids.js';
import { isHandedOn } from '../../contracts/detached.js';
import type { Dispatch } from '../dispatch/dispatch.js';
import { wasCanceled } from '../was-canceled.js';

/** Maximum number of confirmations in flight; those that the frontend refuses wait outside this number. */
const AT_ONCE = 200;
/** First and longest pause after a refused confirmation, in first and longest pauses between its attempts. */
const FIRST_PAUSE = 10;
const MAX_PAUSE = 5;

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

/** Confirms the requests for tasks that never ran, or that ended without confirming them. */
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
    // It ended at this very moment; its own report says how.
  }
}
