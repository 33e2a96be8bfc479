import { ActivityFailure, ApplicationFailure } from '@temporalio/common';

/**
 * Failure type of an attempt that ended because its worker did, not because of its work. It is not one of our codes,
 * because nothing failed: in `status` the next attempt simply continues.
 */
export const DETACHED = 'Detached';

/**
 * Hands the activity over: the next attempt begins as soon as a worker takes it. The server's own pause grows with the
 * number of the attempt, so that after ten restarts a build would wait for a minute at each further one.
 */
export function detached(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: DETACHED,
    nonRetryable: false,
    nextRetryDelay: '1ms',
    category: 'BENIGN',
  });
}

/**
 * True if an activity with one attempt ended because its worker did: nothing failed, and the caller schedules it again.
 */
export function isHandedOn(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type === DETACHED;
}
