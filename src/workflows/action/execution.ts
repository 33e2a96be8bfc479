import type { ActionPlan, ActionStatus } from '../../contracts/action/action.js';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { ActionInput, RequestPlace } from '../../contracts/inputs.js';
import type { Answers } from '../answers.js';

/** What a type's own function has at hand while it carries a plan out. */
export type ActionContext = {
  readonly input: ActionInput;
  readonly activities: Activities;
  readonly answers: Answers;
  /** How far the requests of the plan were answered by an earlier run of this action; nothing of it: at the beginning. */
  readonly place: RequestPlace;
  /** Ends this run and begins another one at `place` when it has had events enough; else it does nothing. */
  readonly beginAnewWhenFull: (place: RequestPlace) => Promise<void>;
  /** Says in `status` and the current details what is waited for. */
  readonly waitFor: (waitingFor: ActionStatus['waitingFor']) => void;
  /** Says what came of it beside success or failure; stands in the outcome. */
  readonly note: (text: string) => void;
};

export type PlanOf<T extends ActionPlan['type']> = Extract<ActionPlan, { readonly type: T }>;

/**
 * Carries out one type of plan. Resolves with what failed, in the order of the work; nothing: it succeeded. Throws for
 * what ends the action at once.
 */
export type Execute<T extends ActionPlan['type']> = (
  plan: PlanOf<T>,
  context: ActionContext,
) => Promise<readonly FailureFact[]>;
