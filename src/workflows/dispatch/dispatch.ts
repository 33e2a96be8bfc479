import type { Activities } from '../../contracts/activities.js';
import type { DispatcherName } from '../../contracts/dispatch/dispatch.js';
import type { DispatchLedger } from '../../domain/dispatch/dispatch-ledger.js';
import type { EventBudget } from '../../domain/event-budget.js';
import type { DispatchTrouble } from './dispatch-trouble.js';

/** State shared by the parts of a dispatcher. */
export type Dispatch = {
  readonly of: DispatcherName;
  readonly ledger: DispatchLedger;
  readonly budget: EventBudget;
  readonly trouble: DispatchTrouble;
  readonly activities: Activities;
  /** The next poll of the frontend's list starts at once, without its pause. */
  isPollWanted: boolean;
  lastPoll: string | null;
};
