import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { RetryState } from '@temporalio/common';

/**
 * True where work ended because it was told to: as canceled, or with a failure that counts for nothing because of the
 * cancel. A worker that dies over a canceled activity leaves a time-out behind, and a call that does not go through
 * while the activity is being canceled is not made again: the server gives up on both (`CANCEL_REQUESTED`) where it
 * would have begun another attempt. A refusal that no attempt would change is the activity's own end, cancel or not.
 */
export function wasCanceled(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && isCutShort(error));
}

function isCutShort({ retryState, cause }: ActivityFailure): boolean {
  // The server says so of every failure after the cancel, of refusals too.
  const isRefusal = cause instanceof ApplicationFailure && cause.nonRetryable === true;
  return retryState === RetryState.CANCEL_REQUESTED && !isRefusal;
}
