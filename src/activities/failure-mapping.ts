import { ApplicationFailure } from '@temporalio/common';
import { activityInfo, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { DETACHED } from '../contracts/detached.js';
import { failureActor, isRetryable, type FailureCode } from '../contracts/failures/failure-codes.js';
import { PortFailure } from '../ports/port-failure.js';
import { boundedFailure } from './bounded-failure.js';
import { FailuresInARow } from './dispatch/failures-in-a-row.js';

/** Consecutive failures with an unforeseen error, after which it counts as a defect and the workflow is told. */
const DEFECT_ATTEMPTS = 10;

/**
 * The only place where a port's failure becomes an ApplicationFailure. A builder's failures are never retried here: the
 * workflow decides whether to try another machine. Unforeseen errors keep their stack and are retried a limited number
 * of times, so that a defect stops a build with a reason instead of holding it for ever.
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
 * The pause before the next attempt grows with consecutive failures. The server's pause grows with attempts, so if some
 * of them were not failures, the pause is set here.
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
 * A frontend that refuses (a wrong password, a wrong address) is an operator's problem, like one that is down: no build
 * fails because of it; the work waits and says why.
 */
function isRetried({ code, retryable }: PortFailure): boolean {
  return code === 'FrontendRefused' || (retryable && failureActor(code) !== 'builder');
}

/** An activity's own failure, with one of our codes. */
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

/** Wraps every activity of a set, so that every failure is mapped. */
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
