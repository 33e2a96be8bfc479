import { condition, sleep, type Workflow, workflowInfo } from '@temporalio/workflow';
import { deploymentChangedSignal } from '../contracts/messages.js';
import type { MovingType } from '../contracts/workflows.js';
import { inWrittenForm } from '../domain/carried-form.js';
import type { EventBudget } from '../domain/event-budget.js';
import { type Detail, showDetails } from './current-details.js';
import { handle, type Handler, onSignal } from './handlers.js';
import { nextRun } from './next-run.js';
import { wasCanceled } from './was-canceled.js';

/** Time that work under way gets to end before a run moves to another version without it, in ms. */
const MOVES_WITHIN_MS = 300_000;

/** The duties of a run of any long-lived workflow, independent of its work. */
export type LongLived = {
  /** Refreshes the details that the Web UI shows. */
  readonly show: () => void;
  /** Continues as new once this run's history is long enough; until then it does nothing. */
  readonly continueAsNewWhenFull: () => Promise<void>;
};

function typeOfThis(): MovingType {
  return workflowInfo().workflowType as MovingType;
}

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
  handle(budget, [
    ...handlers(show),
    onSignal(deploymentChangedSignal, () => void moveOn(budget).catch(unlessCanceled)),
  ]);
  return {
    show,
    continueAsNewWhenFull: async () => {
      if (!budget.isSpent) return;
      if (isDrained !== undefined) await condition(isDrained);
      await nextRun<F>(() => inWrittenForm(typeOfThis(), next()), budget.startsOver);
    },
  };
}

/**
 * Work that takes days, because a neighbour is away or the version has a fault, would keep the run where it is: it is
 * given up, and done by the version that is next.
 */
async function moveOn(budget: EventBudget): Promise<void> {
  if (budget.startsOver) return;
  budget.startOver();
  budget.spend('timer');
  await sleep(MOVES_WITHIN_MS);
  budget.overdraw();
}

/** The end of a canceled run is its own code's to decide. */
function unlessCanceled(error: unknown): void {
  if (!wasCanceled(error)) throw error;
}
