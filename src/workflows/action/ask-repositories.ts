import { workflowInfo } from '@temporalio/workflow';
import type { RepositoryWork, WorkList } from '../../contracts/action/action.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { repositoryWorkflowId } from '../../contracts/names/ids.js';
import type { RequestPlace } from '../../contracts/inputs.js';
import type { ActionContext } from './execution.js';

/** Requests in flight at once: each answer is an event of the history. */
export const REQUESTS_AT_ONCE = 50;
/** Failures that are named; people read no more, so the rest is only counted. */
const FAILURES_KEPT = 5;
/** Number of awaited repositories that `status` names. */
const WAITED_FOR_TOLD = 5;

/**
 * Sends a request to each repository of a list and waits for all answers. Resolves with the failures, the first few
 * with the names of their directories; a failure does not stop the others. `onRound` is called between two rounds with
 * the place reached.
 */
export async function askRepositories(
  list: WorkList<RepositoryWork>,
  context: ActionContext,
  { from, onRound }: { readonly from?: RequestPlace; readonly onRound?: (place: RequestPlace) => Promise<void> } = {},
): Promise<readonly FailureFact[]> {
  const { activities, answers, input } = context;
  const count = list.file === null ? list.items.length : list.file.count;
  let failures = from?.failures ?? [];
  for (let first = from?.answered ?? 0; first < count; first += REQUESTS_AT_ONCE) {
    const ids = Array.from({ length: Math.min(REQUESTS_AT_ONCE, count - first) }, (_, index) => first + index);
    context.waitFor({
      reason: 'repository',
      detail:
        count > REQUESTS_AT_ONCE
          ? `directories ${first + 1} to ${first + ids.length} of ${count}`
          : `${count} directories`,
      on: (list.items ?? [])
        .slice(first, first + WAITED_FOR_TOLD)
        .map(({ repository }) => repositoryWorkflowId(repository)),
    });
    const requestId = (index: number): string => `${workflowInfo().runId}/${index}`;
    const send = (unanswered: readonly string[]): Promise<void> =>
      activities.requestListed({
        list,
        requests: ids
          .map((index) => ({ requestId: requestId(index), index }))
          .filter((request) => unanswered.includes(request.requestId)),
      });
    const answered = await answers.ask(ids.map(requestId), send, input.durations.resend);
    failures = [...failures, ...answered.filter((failure) => failure !== null)].slice(0, FAILURES_KEPT);
    if (first + REQUESTS_AT_ONCE < count) await onRound?.({ answered: first + REQUESTS_AT_ONCE, failures });
  }
  context.waitFor(null);
  return failures;
}

/**
 * The same for lists of any length, where the caller holds nothing that a new run would lose (a lock): when the history
 * is long enough, the action continues as new between two rounds, at the same place.
 */
export function askManyRepositories(
  list: WorkList<RepositoryWork>,
  context: ActionContext,
): Promise<readonly FailureFact[]> {
  return askRepositories(list, context, { from: context.place, onRound: context.continueAsNewWhenFull });
}
