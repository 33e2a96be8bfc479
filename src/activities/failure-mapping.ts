import { ApplicationFailure } from '@temporalio/common';
import { activityInfo, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { DETACHED } from '../contracts/detached.js';
import { failureActor, isRetryable, type FailureCode } from '../contracts/failures/failure-codes.js';
import { PortFailure } from '../ports/port-failure.js';
import { boundedFailure } from './bounded-failure.js';
import { FailuresInARow } from './dispatch/failures-in-a-row.js';

/** Failures in a row that an unforeseen error gets before it is said to be a defect and the workflow is told. */
const DEFECT_ATTEMPTS = 10;

/**
 * The one place where a port's refusal becomes an ApplicationFailure. What speaks against a builder is never retried
 * here: the workflow decides whether another machine is asked. Unforeseen errors keep their stack and are retried a
 * bounded number of times, so that a defect parks a build with a reason and does not hold it for ever.
 */
function toActivityFailure(error: unknown, failures: FailuresInARow): unknown {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (error instanceof ApplicationFailure && error.type === DETACHED) return error;
  const count = failures.add();
  const failed = boundedFailure(asFailure(error, count));
  if (failed.nonRetryable !== true) return inItsOwnTime(failed, count);
  failures.forget();
  return failed;
}

function asFailure(error: unknown, count: number): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof PortFailure) {
    return failure(error.code, error.message, { retryable: isRetried(error), cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message,
    type: 'BackendDefect',
    nonRetryable: count >= DEFECT_ATTEMPTS,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/**
 * The pause before the next attempt grows with the failures in a row. The server's grows with the attempts: where some of
 * them were no failures the pause is said here.
 */
function inItsOwnTime(failed: ApplicationFailure, count: number): ApplicationFailure {
  const { attempt, retryPolicy } = activityInfo();
  // In milliseconds, as the SDK reads what the server sends.
  const first: unknown = retryPolicy?.initialInterval;
  const longest: unknown = retryPolicy?.maximumInterval;
  if (attempt <= count || failed.nextRetryDelay != null || typeof first !== 'number') return failed;
  const pause = first * (retryPolicy?.backoffCoefficient ?? 2) ** (count - 1);
  const nextRetryDelay = typeof longest === 'number' && longest > 0 ? Math.min(pause, longest) : pause;
  return ApplicationFailure.fromError(failed, { nextRetryDelay });
}

/**
 * A frontend that refuses (a wrong password, a wrong address) is an operator's matter like one that is down: nobody's
 * build fails for it, the work waits and says why.
 */
function isRetried({ code, retryable }: PortFailure): boolean {
  return code === 'FrontendRefused' || (retryable && failureActor(code) !== 'builder');
}

/** An activity's own refusal, with one of our codes. */
export function failure(
  code: FailureCode,
  message: string,
  options: { readonly retryable?: boolean; readonly cause?: Error } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: !(options.retryable ?? isRetryable(code)),
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** Wraps every activity of a set, so that no refusal leaves unmapped. */
export function mapFailures<A extends object>(activities: A): A {
  const failures = new FailuresInARow();
  const entries = Object.entries(activities).map(([name, run]) => {
    const call = run as (input: unknown) => Promise<unknown>;
    return [
      name,
      async (input: unknown): Promise<unknown> => {
        try {
          const result = await call(input);
          failures.forget();
          return result;
        } catch (error) {
          throw toActivityFailure(error, failures);
        }
      },
    ] as const;
  });
  return Object.fromEntries(entries) as A;
}
