import { condition, type Workflow } from '@temporalio/workflow';
import type { EventBudget } from '../domain/event-budget.js';
import { type Detail, showDetails } from './current-details.js';
import { handle, type Handler } from './handlers.js';
import { nextRun } from './next-run.js';

/** What a run of any long-lived workflow does, whatever its work. */
export type LongLived = {
  /** Refreshes the details that the Web UI shows. */
  readonly show: () => void;
  /** Continues as new once this run's history is long enough; until then it does nothing. */
  readonly continueAsNewWhenFull: () => Promise<void>;
};

/** Installs the handlers. `F` is the workflow itself: its next run starts with the input that `next` makes. */
export function longLived<F extends Workflow>(of: {
  readonly budget: EventBudget;
  /**
   * All its signals and queries. Signals that arrived before the code ran are handled at once, so the handlers get
   * `show`.
   */
  readonly handlers: (show: () => void) => readonly Handler[];
  readonly details: () => readonly Detail[];
  readonly next: () => Parameters<F>[0];
  /** Work that a next run could not take over has ended; undefined: there is no such work. */
  readonly isDrained?: () => boolean;
}): LongLived {
  const { budget, handlers, details, next, isDrained } = of;
  const show = (): void => showDetails(details());
  handle(budget, handlers(show));
  return {
    show,
    continueAsNewWhenFull: async () => {
      if (!budget.isSpent) return;
      if (isDrained !== undefined) await condition(isDrained);
      await nextRun<F>(next);
    },
  };
}
