import { CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import { failureFact } from './failure-facts.js';

/** How work ended that did not succeed. */
export type End = { readonly isCanceled: boolean; readonly failure: FailureFact };

/**
 * How work that threw has ended. A workflow that was told to cancel ends canceled whatever its work ended with, a refusal
 * too, which `wasCanceled` alone does not count: whoever asked for the cancel wants this end, and it was first.
 *
 * @param isCancelTooLate the work ends as it would have without the cancel
 * @throws ContinueAsNew as it is: that is no end
 */
export function endOf(error: unknown, isCancelTooLate = false): End {
  if (error instanceof ContinueAsNew) throw error;
  const failure = failureFact(error);
  const isAsked = CancellationScope.current().consideredCancelled && !isCancelTooLate;
  return { isCanceled: failure.code === 'Canceled' || isAsked, failure };
}
