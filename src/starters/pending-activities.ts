import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { DETACHED } from '../contracts/detached.js';
import { isFailureCode } from '../contracts/failures/failure-codes.js';
import type { SurveyProgress } from '../contracts/prune/prune.js';

/**
 * An activity that runs or waits for its next attempt, as seen by Temporal: more up to date than the workflow itself.
 */
export type PendingActivity = {
  readonly activity: string;
  readonly attempt: number;
  /** `retrying` in the pause between two attempts; `queued` while no worker has taken it; `paused` by an operator. */
  readonly state: 'running' | 'retrying' | 'queued' | 'paused';
  /** Why the last attempt failed; also null for one that its worker handed over, or that was lost with it. */
  readonly lastFailure: { readonly code: string; readonly message: string } | null;
  /** The last attempt ended because its worker did, without a failure: this one continues there. */
  readonly isHandedOn: boolean;
  /** ISO 8601; when the next attempt begins. */
  readonly nextAttempt: string | null;
  /** ISO 8601; when its first attempt was due; null: the server does not tell. */
  readonly since: string | null;
  /** Bytes of the build log so far, if the activity's heartbeat has them. */
  readonly logBytes: number | null;
};

type RawPending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type RawFailure = RawPending['lastFailure'];
type RawTime = RawPending['nextAttemptScheduleTime'];

/** `PendingActivityState` and `TimeoutType` of the server's API. */
const SCHEDULED = 1;
const PAUSED = 4;
const HEARTBEAT = 4;

/** The pending activities of a described workflow. */
export function pendingActivities(description: WorkflowExecutionDescription): readonly PendingActivity[] {
  return (description.raw.pendingActivities ?? []).map((pending) => {
    const isHandedOn = endedWithItsWorker(pending.lastFailure);
    const nextAttempt = isoTime(pending.nextAttemptScheduleTime);
    return {
      activity: pending.activityType?.name ?? 'unknown',
      attempt: pending.attempt ?? 1,
      state: stateOf(Number(pending.state), nextAttempt),
      lastFailure: isHandedOn ? null : describeFailure(pending.lastFailure),
      isHandedOn,
      nextAttempt,
      since: firstDue(pending),
      logBytes: heartbeatLogBytes(pending),
    };
  });
}

function stateOf(state: number, nextAttempt: string | null): PendingActivity['state'] {
  if (state === PAUSED) return 'paused';
  if (state !== SCHEDULED) return 'running';
  return nextAttempt === null ? 'queued' : 'retrying';
}

/**
 * True if the worker handed the attempt over (a shutdown, lost contact), was found dead by another one, or fell silent:
 * nobody has to repair or wait for anything.
 */
function endedWithItsWorker(failure: RawFailure): boolean {
  if (failure == null) return false;
  return (
    failure.applicationFailureInfo?.type === DETACHED || Number(failure.timeoutFailureInfo?.timeoutType) === HEARTBEAT
  );
}

/** The innermost failure that carries one of our codes, else the outermost. */
export function describeFailure(failure: RawFailure): PendingActivity['lastFailure'] {
  if (failure == null) return null;
  for (let cause: RawFailure = failure, depth = 0; cause != null && depth < 10; cause = cause.cause, depth += 1) {
    const type = cause.applicationFailureInfo?.type;
    if (isFailureCode(type)) return { code: type, message: cause.message ?? '' };
  }
  return { code: failure.applicationFailureInfo?.type ?? 'Error', message: failure.message ?? '' };
}

function heartbeatLogBytes(pending: RawPending): number | null {
  const { logBytes } = heartbeatDetails(pending);
  return typeof logBytes === 'number' ? logBytes : null;
}

/** The projects that a pending survey has looked at; null if none is pending, or has not said so yet. */
export function surveyProgress(description: WorkflowExecutionDescription): SurveyProgress | null {
  for (const pending of description.raw.pendingActivities ?? []) {
    const { looked, of } = heartbeatDetails(pending);
    if (typeof looked === 'number' && typeof of === 'number') return { looked, of };
  }
  return null;
}

/** The facts that heartbeats of our activities may have. */
type HeartbeatFacts = Readonly<Partial<Record<'logBytes' | 'looked' | 'of', unknown>>>;

function heartbeatDetails(pending: RawPending): HeartbeatFacts {
  const payload = pending.heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return {};
  try {
    return defaultPayloadConverter.fromPayload<HeartbeatFacts | null>(payload) ?? {};
  } catch {
    return {}; // encoded by a codec that this command does not have
  }
}

/** The server tells when the time for all attempts is over, and how long that time is. */
function firstDue({ expirationTime, activityOptions }: RawPending): string | null {
  const end = isoTime(expirationTime);
  const limit = Number(activityOptions?.scheduleToCloseTimeout?.seconds ?? 0);
  return end === null || limit <= 0 ? null : new Date(Date.parse(end) - limit * 1000).toISOString();
}

function isoTime(time: RawTime): string | null {
  if (time == null) return null;
  const seconds = Number(time.seconds ?? 0);
  return seconds <= 0 ? null : new Date(seconds * 1000 + (time.nanos ?? 0) / 1e6).toISOString();
}
