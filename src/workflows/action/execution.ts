import type { ActionPlan, ActionStatus } from '../../contracts/action/action.js';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { ActionInput, RequestPlace } from '../../contracts/inputs.js';
import type { Answers } from '../answers.js';

/** Tools and state for the functions that execute plans. */
export type ActionContext = {
  readonly input: ActionInput;
  readonly activities: Activities;
  readonly answers: Answers;
  /** How many of the plan's requests an earlier run of this action got answered; empty at the start. */
  readonly place: RequestPlace;
  /** When the history is long enough, ends this run and begins another at `place`; otherwise does nothing. */
  readonly continueAsNewWhenFull: (place: RequestPlace) => Promise<void>;
  /** Shows in `status` and the current details what the action waits for. */
  readonly waitFor: (waitingFor: ActionStatus['waitingFor']) => void;
  /** Adds a remark to the outcome, beside success or failure. */
  readonly note: (text: string) => void;
};

export type PlanOf<T extends ActionPlan['type']> = Extract<ActionPlan, { readonly type: T }>;

/**
 * Executes one type of plan. Resolves with the failures, in the order of the work; empty: it succeeded. Throws whatever
 * ends the action at once.
 */
export type Execute<T extends ActionPlan['type']> = (
  plan: PlanOf<T>,
  context: ActionContext,
) => Promise<readonly FailureFact[]>;
