import { sleep } from '@temporalio/workflow';
import type { EmptyTrashInput } from '../../contracts/inputs.js';
import { EventBudget } from '../../domain/event-budget.js';
import { showDetails } from '../current-details.js';
import { endOf } from '../end-of.js';
import { nextRun } from '../next-run.js';
import { activitiesFor } from '../proxies.js';

/** Files one activity removes. */
const SLICE = 50_000;

/** Looks into the trash of a results tree again and again, and removes what is due. Never ends by itself. */
export async function emptyTrash(input: EmptyTrashInput): Promise<void> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  while (!budget.isSpent) {
    const isDone = await look();
    if (!isDone) break; // the next run of this workflow goes on at once
    budget.spend('timer');
    await sleep(input.pause * 1000);
  }
  await nextRun<typeof emptyTrash>(() => input);

  /** Removes what is due, slice by slice; false when it is time to begin anew before that is done. */
  async function look(): Promise<boolean> {
    try {
      for (let removed = 0; ;) {
        budget.spend('activity');
        const slice = await activities.emptyTrash({ atMost: SLICE });
        removed += slice.removed;
        showDetails([['removed in the last round', `${removed} files, ${slice.done ? 'done' : 'going on'}`]]);
        if (slice.done) return true;
        if (budget.isSpent) return false;
      }
    } catch (error) {
      // A defect shall not leave the trash for ever.
      const { isCanceled, failure } = endOf(error);
      if (isCanceled) throw error;
      showDetails([['last failure', `${failure.code}: ${failure.message}`]]);
      return true;
    }
  }
}
