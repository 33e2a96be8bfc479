import { condition, sleep } from '@temporalio/workflow';
import type { Dispatch } from '../dispatch/dispatch.js';
import { wasCanceled } from '../was-canceled.js';

/** Maximum number of confirmations in flight; those that the frontend refuses wait outside this number. */
const AT_ONCE = 200;
/** First and longest pause after a refused confirmation, in first and longest pauses between its attempts. */
const FIRST_PAUSE = 10;
const MAX_PAUSE = 5;

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
