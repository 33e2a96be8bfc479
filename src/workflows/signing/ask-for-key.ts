import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { Answers } from '../answers.js';

/**
 * Waits until the project has its key, and the directory its `pubkey.gpg`. The project makes the key, once for all who
 * ask. Resolves with the reason if it cannot; null: the key is there.
 */
export async function askForKey(
  deps: {
    readonly activities: Pick<Activities, 'requestKey'>;
    readonly answers: Answers;
    readonly resend: number;
  },
  wanted: Parameters<Activities['requestKey']>[0],
): Promise<FailureFact | null> {
  const { activities, answers, resend } = deps;
  const [failure = null] = await answers.ask([wanted.requestId], () => activities.requestKey(wanted), resend);
  return failure;
}
