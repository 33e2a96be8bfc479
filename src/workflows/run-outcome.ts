import { CancelledFailure } from '@temporalio/workflow';
import { canceledText, failureText } from '../contracts/failures/failure-text.js';
import { endOf } from './end-of.js';

/**
 * The outcome of a run that people start, pause and cancel: what `work` returns, or `failed` with its reason. A failure
 * is an outcome and not an error, for those who ask for the status; a cancel is recorded, and ends the workflow as
 * Canceled.
 *
 * @throws CancelledFailure, and ContinueAsNew unchanged
 */
export async function runOutcome<O>(
  work: () => Promise<O>,
  record: { readonly failed: (message: string) => O; readonly canceled: (message: string) => void },
): Promise<O> {
  try {
    return await work();
  } catch (error) {
    const { isCanceled, failure } = endOf(error);
    if (!isCanceled) return record.failed(failureText(failure));
    record.canceled(canceledText());
    throw new CancelledFailure(canceledText());
  }
}
