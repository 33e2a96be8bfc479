import type { Activities } from '../contracts/activities.js';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import type { Answers } from './answers.js';

type Requests = Parameters<Activities['requestRepositories']>[0]['requests'];

/** Sends requests to repositories and waits for all answers; resolves with their failures, in the same order. */
export function requestRepositories(
  by: { readonly activities: Activities; readonly answers: Answers; readonly resend: number },
  requests: Requests,
): Promise<readonly (FailureFact | null)[]> {
  const send = (unanswered: readonly string[]): Promise<void> =>
    by.activities.requestRepositories({ requests: requests.filter(({ requestId }) => unanswered.includes(requestId)) });
  const ids = requests.map(({ requestId }) => requestId);
  return by.answers.ask(ids, send, by.resend);
}
