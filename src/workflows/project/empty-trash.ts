import type { EmptyTrashInput } from '../../contracts/inputs.js';
import type { TrashRound } from '../../contracts/project/trash.js';
import { EventBudget } from '../../domain/event-budget.js';
import { longLived } from '../long-lived.js';
import { activitiesFor } from '../retry/proxies.js';

/** Files that one activity removes. */
const SLICE = 50_000;

/**
 * One round of emptying the trash of a results tree: removes what is due, slice by slice. A Schedule starts it again
 * and again; a failed round says why, and does not affect later ones.
 */
export async function emptyTrash(input: EmptyTrashInput): Promise<TrashRound> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  let removed = input.carried?.removed ?? 0;
  const life = longLived<typeof emptyTrash>({
    ...{ budget, handlers: () => [] },
    details: () => [['removed', `${removed} files, going on`]],
    next: () => ({ ...input, carried: { removed } }),
  });
  for (;;) {
    budget.spend('activity');
    const slice = await activities.emptyTrash({ atMost: SLICE });
    removed += slice.removed;
    if (slice.done) return { removed };
    life.show();
    await life.continueAsNewWhenFull();
  }
}
