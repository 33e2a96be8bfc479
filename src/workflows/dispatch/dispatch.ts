import type { Activities } from '../../contracts/activities.js';
import type { DispatcherName } from '../../contracts/dispatch/dispatch.js';
import type { DispatchLedger } from '../../domain/dispatch/dispatch-ledger.js';
import type { EventBudget } from '../../domain/event-budget.js';
import type { DispatchTrouble } from './dispatch-trouble.js';

/** What the parts of a dispatcher share. */
export type Dispatch = {
  readonly of: DispatcherName;
  readonly ledger: DispatchLedger;
  readonly budget: EventBudget;
  readonly trouble: DispatchTrouble;
  readonly activities: Activities;
  /** The next look at the frontend's list shall not wait for its time. */
  isPollWanted: boolean;
  lastPoll: string | null;
};
