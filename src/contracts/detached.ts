import { ActivityFailure, ApplicationFailure } from '@temporalio/common';

/**
 * Type of the failure of an attempt that ended with its worker and not over its work. It is none of our codes: nothing
 * failed. In `status` the next attempt just goes on.
 */
export const DETACHED = 'Detached';

/**
 * Hands the activity on: the next attempt begins as soon as a worker takes it. The server's own pause grows with the number
 * of the attempt, so that after ten restarts a build would stand still for a minute at each further one.
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

/** True where an activity with one attempt ended with its worker: nothing failed, and whoever wants it done asks again. */
export function isHandedOn(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type === DETACHED;
}
