import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { cutMiddle, cutToFit } from '../contracts/bounded-text.js';
import { failureActor, type FailureFact } from '../contracts/failures/failure-codes.js';
import { oneLine } from '../domain/plain-text.js';

/** Bytes of the reason and of the path: the failure stays below 1 KiB, because a parent's history gets a copy. */
const MAX_REASON = 500;
const MAX_PATH = 400;

/**
 * The error that ends a workflow as Failed although it did all that it had to do: its work failed. The type is the
 * failure's code. It is benign, so neither an error of the SDK's log nor counted as one, if a user must act on it.
 *
 * @param log path of the log that says more, below the results root; null: none
 */
export function failedEnd({ code, message }: FailureFact, log: string | null = null): ApplicationFailure {
  const reason = cutMiddle(oneLine(message), MAX_REASON);
  const failure = ApplicationFailure.create({
    type: code,
    message: log === null ? reason : `${reason} (log: ${cutToFit(log, MAX_PATH)})`,
    nonRetryable: true,
    ...(failureActor(code) === 'user' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
  // Nobody made a mistake here, so the place in our code says nothing.
  delete failure.stack;
  return failure;
}
