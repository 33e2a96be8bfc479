import { workflowInfo } from '@temporalio/workflow';
import type { RepositoryWork, WorkList } from '../../contracts/action.js';
import type { FailureFact } from '../../contracts/failures.js';
import type { ActionContext } from './carrying-out.js';

/** Requests under way at once: their answers are events of the history. */
const AT_ONCE = 50;

/**
 * Asks the repositories of a list, and waits for every answer. What failed, each with its directory's name, at most
 * three of them; one that fails stops no other.
 */
export async function askRepositories(
  list: WorkList<RepositoryWork>,
  context: ActionContext,
): Promise<readonly FailureFact[]> {
  const { activities, answers, input } = context;
  const count = list.file === null ? list.items.length : list.file.count;
  const failures: FailureFact[] = [];
  for (let first = 0; first < count; first += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => first + index);
    context.waitFor({
      reason: 'repository',
      detail:
        count > AT_ONCE ? `directories ${first + 1} to ${first + ids.length} of ${count}` : `${count} directories`,
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
    failures.push(...answered.filter((failure) => failure !== null));
  }
  context.waitFor(null);
  return failures;
}
