import { workflowInfo } from '@temporalio/workflow';
import type { RepositoryWork, WorkList } from '../../contracts/action/action.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { repositoryWorkflowId } from '../../contracts/names/ids.js';
import type { RequestPlace } from '../../contracts/inputs.js';
import type { ActionContext } from './execution.js';

/** Requests under way at once: their answers are events of the history. */
export const REQUESTS_AT_ONCE = 50;
/** More of them than a person reads are only counted. */
const FAILURES_KEPT = 5;
/** So many of those that are waited for are named in `status`. */
const WAITED_FOR_TOLD = 5;

/**
 * Asks the repositories of a list, and waits for every answer. What failed, each with its directory's name, the first
 * few of them; one that fails stops no other. `onRound` is called between two rounds with how far it is.
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
 * The same for lists of any length, where nothing is held meanwhile that a new run would lose (a lock): the action
 * begins anew between two rounds when it has had events enough, and goes on from there.
 */
export function askManyRepositories(
  list: WorkList<RepositoryWork>,
  context: ActionContext,
): Promise<readonly FailureFact[]> {
  return askRepositories(list, context, { from: context.place, onRound: context.beginAnewWhenFull });
}
