import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { RetryState } from '@temporalio/common';

/**
 * True if work ended because it was asked to: as canceled, or with a failure that only the cancel made final. A worker
 * that dies during a canceled activity leaves a time-out, and a failed call is not retried while the activity is being
 * canceled: the server gives up on both (`CANCEL_REQUESTED`) where it would otherwise have begun another attempt. A
 * refusal that no attempt would change is the activity's own end, canceled or not.
 */
export function wasCanceled(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && isCutShort(error));
}

function isCutShort({ retryState, cause }: ActivityFailure): boolean {
  // The server sets this for every failure after the cancel, even for refusals.
  const isRefusal = cause instanceof ApplicationFailure && cause.nonRetryable === true;
  return retryState === RetryState.CANCEL_REQUESTED && !isRefusal;
}
