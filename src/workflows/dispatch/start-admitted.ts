import { condition, sleep } from '@temporalio/workflow';
import type { StartResult } from '../../contracts/dispatch/dispatch.js';
import { askToCancel } from '../cancel/cancel-requests.js';
import { workflowTime } from '../clock.js';
import type { Dispatch } from './dispatch.js';
import { wasCanceled } from '../was-canceled.js';

/** Pause before a start request that failed permanently is made again, in ms. */
const PAUSE_MS = 5000;

/**
 * Starts the workflows of admitted tasks, slice by slice. Only tasks named in the answer count as started: any other is
 * requested again, and the starter recognises the repetition.
 */
export async function startAdmitted(run: Dispatch): Promise<void> {
  const { of, ledger, budget, trouble, activities } = run;
  for (;;) {
    await condition(() => ledger.toStart.length > 0);
    const tasks = ledger.toStart;
    ledger.recordAsked(tasks);
    budget.spend('activity');
    try {
      const { storage, durations } = ledger;
      await record(run, await activities.startTasks({ of, tasks, storage, durations }));
    } catch (error) {
      if (wasCanceled(error)) throw error;
      trouble.note('start', error);
      budget.spend('timer');
      await sleep(PAUSE_MS);
    }
  }
}

async function record({ ledger, budget, trouble }: Dispatch, result: StartResult): Promise<void> {
  ledger.recordStart(result, workflowTime());
  const [refused] = result.refused;
  if (refused === undefined) trouble.over('start');
  else trouble.noteFact('start', refused.failure);
  // Their users canceled them while they were being started.
  const canceled = result.started.filter((taskId) => ledger.isCanceling(taskId) && ledger.isRunning(taskId));
  budget.spend('external', canceled.length);
  await Promise.all(canceled.map(askToCancel));
}
