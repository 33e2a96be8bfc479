import { condition, type Workflow } from '@temporalio/workflow';
import type { EventBudget } from '../domain/event-budget.js';
import { type Detail, showDetails } from './current-details.js';
import { handle, type Handler } from './handlers.js';
import { nextRun } from './next-run.js';

/** What a run of a long-lived workflow does whatever its work is. */
export type LongLived = {
  /** Has the Web UI show the details as they are now. */
  readonly show: () => void;
  /** Hands over to the next run once this one has had events enough; until then it does nothing. */
  readonly beginAnewWhenFull: () => Promise<void>;
};

/** Puts the handlers in place. `F` is the workflow itself: its next run begins with what `next` makes. */
export function longLived<F extends Workflow>(of: {
  readonly budget: EventBudget;
  /** All that it hears and answers. What came before the code ran is heard at once, so they know `show`. */
  readonly handlers: (show: () => void) => readonly Handler[];
  readonly details: () => readonly Detail[];
  readonly next: () => Parameters<F>[0];
  /** What a next run could not take over has ended; nothing: there is no such work. */
  readonly isDrained?: () => boolean;
}): LongLived {
  const { budget, handlers, details, next, isDrained } = of;
  const show = (): void => showDetails(details());
  handle(budget, handlers(show));
  return {
    show,
    beginAnewWhenFull: async () => {
      if (!budget.isSpent) return;
      if (isDrained !== undefined) await condition(isDrained);
      await nextRun<F>(next);
    },
  };
}
