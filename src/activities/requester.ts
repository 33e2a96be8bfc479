import { activityInfo } from '@temporalio/activity';
import type { Requester } from '../contracts/messages.js';
import type { TicketClaim } from '../ports/build/builder-pool.js';

/** The workflow run that this activity works for. Throws for an activity that no workflow started. */
export function ownRun(): { readonly workflowId: string; readonly runId: string } {
  const run = activityInfo().workflowExecution;
  if (run === undefined) throw new Error('only a workflow may call this activity');
  return run;
}

/** The claim of the tickets that this activity takes. */
export function ownClaim(): TicketClaim {
  return { ...ownRun(), activityId: activityInfo().activityId };
}

/** This run as the asking side of a request. */
export function requester(requestId: string): Requester {
  const { workflowId, runId } = ownRun();
  return { requestId, workflowId, runId };
}
