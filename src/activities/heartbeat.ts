import { CancelledFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { detached } from '../contracts/detached.js';
import { canceledText } from '../contracts/failures/failure-text.js';
import { pause } from '../backoff/pause.js';
import type { WorkflowMessages } from '../ports/workflow-messages.js';

/** How often the timer beats; the SDK sends a due beat at 80 % of the heartbeat timeout. */
const BEAT_MS = 1000;
/** Limits the silence at the beginning of an activity without a heartbeat timeout. */
const MAX_QUIET_MS = 30_000;

export type Beating<D> = {
  /** Aborted when the activity must let go of its work, for whatever reason. */
  readonly signal: AbortSignal;
  /** Stores what the next attempt needs; sent with the next beat. */
  readonly remember: (details: D) => void;
  /** The value that an earlier attempt of this activity remembered. */
  readonly earlier: D | undefined;
};

/**
 * Runs long work with a heartbeat. Its signal is aborted on a cancel, a shutdown, a lost lease (the server gave the
 * work to another worker), and when the server was silent for longer than the heartbeat timeout: then another worker
 * may have our work already, and the SDK cannot know. `whyStopped` tells a user's cancel from the rest.
 * `remembersNothing`: the activity never calls `remember`.
 */
export async function withHeartbeat<D, T>(
  deps: { readonly messages: Pick<WorkflowMessages, 'silentForMs'>; readonly remembersNothing?: boolean },
  run: (beating: Beating<D>) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const lease = context.info.heartbeatTimeoutMs ?? Number.POSITIVE_INFINITY;
  const isolated = new AbortController();
  const earlier = (context.info.heartbeatDetails ?? undefined) as D | undefined;
  let details = earlier;
  // The SDK sends the first beat at once and delays the next ones, so the first should already contain what is
  // remembered first. Work that remembers nothing beats from its beginning: the answer to a beat is how it learns of a
  // cancel.
  const quietMs = deps.remembersNothing === true ? 0 : Math.min(lease, MAX_QUIET_MS) / 3;
  let passedMs = 0; // not a clock: if one were set back, this would stay quiet until the lease is over
  const beat = (): void => {
    passedMs += BEAT_MS;
    if (details !== undefined || passedMs >= quietMs) context.heartbeat(details);
    if (deps.messages.silentForMs() > lease) {
      isolated.abort(new Error('the Temporal server was silent for longer than the heartbeat timeout'));
    }
  };
  const timer = setInterval(beat, BEAT_MS);
  const signal = AbortSignal.any([context.cancellationSignal, isolated.signal]);
  try {
    return await run({
      signal,
      earlier,
      remember: (next) => {
        details = next;
        context.heartbeat(next);
      },
    });
  } catch (error) {
    if (signal.aborted) throw stopped();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Why the current activity was stopped: only `canceled` means that a person or the workflow wants it to end. */
export function whyStopped(): 'canceled' | 'detached' {
  return Context.current().cancellationDetails?.cancelRequested === true ? 'canceled' : 'detached';
}

/** The error with which a stopped activity ends: a cancel is confirmed, anything else is left to the next attempt. */
export function stopped(): Error {
  if (whyStopped() === 'canceled') return new CancelledFailure(canceledText());
  return detached('the worker let go of this activity (shutdown or lost contact); the next attempt goes on from here');
}

/** A pause of an activity that has nothing to clean up: throws the error of `stopped` when the signal is aborted. */
export async function pauseOrStop(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, signal);
  if (signal.aborted) throw stopped();
}
