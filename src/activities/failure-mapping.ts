import { ApplicationFailure } from '@temporalio/common';
import { activityInfo, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { failureGroup, type FailureCode } from '../contracts/failures.js';
import { PortFailure } from '../ports/port-failure.js';

/** Attempts an unforeseen error gets before it is said to be a defect and the workflow is told. */
const DEFECT_ATTEMPTS = 10;

/**
 * The one place where a port's refusal becomes an ApplicationFailure. What speaks against a builder is never retried
 * here: the workflow decides whether another machine is asked. Unforeseen errors keep their stack and are retried a
 * bounded number of times, so that a defect parks a build with a reason and does not hold it for ever.
 */
export function toActivityFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure || error instanceof CompleteAsyncError) {
    return error;
  }
  if (error instanceof PortFailure) {
    return failure(error.code, error.message, { retryable: isRetried(error), cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message,
    type: 'BackendDefect',
    nonRetryable: activityInfo().attempt >= DEFECT_ATTEMPTS,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/**
 * A frontend that refuses (a wrong password, a wrong address) is an operator's matter like one that is down: nobody's
 * build fails for it, the work waits and says why.
 */
function isRetried({ code, retryable }: PortFailure): boolean {
  return code === 'FrontendRefused' || (retryable && failureGroup(code) !== 'builder');
}

/** An activity's own refusal, with one of our codes. */
export function failure(
  code: FailureCode,
  message: string,
  options: { readonly retryable: boolean; readonly cause?: Error },
): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: !options.retryable,
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** Wraps every activity of a set, so that no refusal leaves unmapped. */
export function mapFailures<A extends object>(activities: A): A {
  const entries = Object.entries(activities).map(([name, run]) => {
    const call = run as (input: unknown) => Promise<unknown>;
    return [
      name,
      async (input: unknown): Promise<unknown> => {
        try {
          return await call(input);
        } catch (error) {
          throw toActivityFailure(error);
        }
      },
    ] as const;
  });
  return Object.fromEntries(entries) as A;
}
