import type { EmptyTrashInput } from '../../contracts/inputs.js';
import type { TrashRound } from '../../contracts/project/trash.js';
import { EventBudget } from '../../domain/event-budget.js';
import { showDetails } from '../current-details.js';
import { nextRun } from '../next-run.js';
import { activitiesFor } from '../proxies.js';

/** Files one activity removes. */
const SLICE = 50_000;

/**
 * One round in the trash of a results tree: removes what is due, slice by slice. A Schedule starts it again and again; a
 * round that fails says why, and ends no later one.
 */
export async function emptyTrash(input: EmptyTrashInput): Promise<TrashRound> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  for (let removed = input.carried?.removed ?? 0; ;) {
    budget.spend('activity');
    const slice = await activities.emptyTrash({ atMost: SLICE });
    removed += slice.removed;
    if (slice.done) return { removed };
    showDetails([['removed', `${removed} files, going on`]]);
    if (budget.isSpent) await nextRun<typeof emptyTrash>(() => ({ ...input, carried: { removed } }));
  }
}
