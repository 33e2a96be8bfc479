import { CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import { failureFact } from './failure-facts.js';

/** How unsuccessful work ended. */
export type End = { readonly isCanceled: boolean; readonly failure: FailureFact };

/**
 * Says how work that threw has ended. A workflow that was asked to cancel ends canceled whatever its work ended with,
 * even with a refusal, which `wasCanceled` alone does not count: the requester of the cancel wants this end, and the
 * cancel came first.
 *
 * @param isCancelTooLate the work ends as it would have without the cancel
 * @throws ContinueAsNew unchanged, since the work goes on
 */
export function endOf(error: unknown, isCancelTooLate = false): End {
  if (error instanceof ContinueAsNew) throw error;
  const failure = failureFact(error);
  const isAsked = CancellationScope.current().consideredCancelled && !isCancelTooLate;
  return { isCanceled: failure.code === 'Canceled' || isAsked, failure };
}
