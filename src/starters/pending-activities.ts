import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { isFailureCode } from '../contracts/failures.js';

/** An activity that runs or waits for its next attempt, as Temporal knows it: fresher than the workflow itself. */
export type PendingActivity = {
  readonly activity: string;
  readonly attempt: number;
  /** `running`, or `retrying` between two attempts. */
  readonly state: 'running' | 'retrying';
  readonly lastFailure: { readonly code: string; readonly message: string } | null;
  /** ISO 8601; when the next attempt begins. */
  readonly nextAttempt: string | null;
  /** Bytes of the build log so far, where the activity's heartbeat tells. */
  readonly logBytes: number | null;
};

type RawPending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type RawFailure = RawPending['lastFailure'];
type RawTime = RawPending['nextAttemptScheduleTime'];

/** The pending activities of a described workflow. */
export function pendingActivities(description: WorkflowExecutionDescription): readonly PendingActivity[] {
  return (description.raw.pendingActivities ?? []).map((pending) => ({
    activity: pending.activityType?.name ?? 'unknown',
    attempt: pending.attempt ?? 1,
    state: pending.lastStartedTime != null && pending.nextAttemptScheduleTime == null ? 'running' : 'retrying',
    lastFailure: describeFailure(pending.lastFailure),
    nextAttempt: isoTime(pending.nextAttemptScheduleTime),
    logBytes: heartbeatLogBytes(pending),
  }));
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
  const payload = pending.heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return null;
  try {
    const details = defaultPayloadConverter.fromPayload<{ readonly logBytes?: unknown } | null>(payload);
    return typeof details?.logBytes === 'number' ? details.logBytes : null;
  } catch {
    return null; // encoded by a codec that this command does not have
  }
}

function isoTime(time: RawTime): string | null {
  if (time == null) return null;
  const seconds = Number(time.seconds ?? 0);
  return seconds <= 0 ? null : new Date(seconds * 1000 + (time.nanos ?? 0) / 1e6).toISOString();
}
