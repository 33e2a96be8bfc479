import {
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import pMap from 'p-map';
import { isFailureCode, type FailureFact } from '../../contracts/failures/failure-codes.js';
import { parseScheduleId, type PeriodicJob } from '../../contracts/maintenance/periodic-jobs.js';
import { isOpenStatus } from './open-workflows.js';

/** One round of periodic work. Times are ISO 8601 UTC. */
export type Round = {
  readonly workflowId: string;
  readonly startedAt: string;
  /** Null: it runs, or Temporal no longer keeps it. */
  readonly endedAt: string | null;
  /** `forgotten`: it ended longer ago than the namespace keeps. */
  readonly state: 'running' | 'completed' | 'failed' | 'canceled' | 'terminated' | 'forgotten';
  /** Of a completed round. */
  readonly result: unknown;
  /** Of a failed round. */
  readonly failure: FailureFact | null;
};

/** The Schedule of a job in a results tree. */
export type PeriodicWorkState = {
  readonly job: PeriodicJob;
  readonly storage: string;
  readonly scheduleId: string;
  /** Seconds between two rounds. */
  readonly every: number;
  /** ISO 8601 UTC; null while it is paused. */
  readonly next: string | null;
  /** Null: it is not paused. */
  readonly paused: { readonly note: string } | null;
  readonly createdAt: string;
  /** Newest first. */
  readonly rounds: readonly Round[];
};

const DESCRIBED_AT_ONCE = 8;

/**
 * All Schedules of this backend in the namespace, with their last rounds, at most `rounds` (10 are known) of each.
 * Rejects with the client's own error.
 */
export async function listPeriodicWork(client: Client, rounds: number): Promise<readonly PeriodicWorkState[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of client.schedule.list())
    if (parseScheduleId(scheduleId) !== null) ids.push(scheduleId);
  const found = await pMap(ids.toSorted(), (id) => describePeriodicWork(client, id, rounds), {
    concurrency: DESCRIBED_AT_ONCE,
  });
  return found.filter((state) => state !== null);
}

/** One of them; null if there is no such Schedule. */
export async function describePeriodicWork(
  client: Client,
  scheduleId: string,
  rounds: number,
): Promise<PeriodicWorkState | null> {
  const parsed = parseScheduleId(scheduleId);
  if (parsed === null) return null;
  try {
    const description = await client.schedule.getHandle(scheduleId).describe();
    const { spec, state, info } = description;
    return {
      ...{ ...parsed, scheduleId },
      every: Number(spec.intervals?.[0]?.every ?? 0) / 1000,
      next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
      paused: state.paused ? { note: state.note ?? '' } : null,
      createdAt: info.createdAt.toISOString(),
      rounds: await pMap(startedRounds(description).slice(0, rounds), (id) => describeRound(client, id), {
        concurrency: 2,
      }),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

type Started = { readonly workflowId: string; readonly startedAt: string };

/** The last rounds that a Schedule started, newest first; Temporal keeps ten. */
export function startedRounds({ info }: ScheduleDescription): readonly Started[] {
  return info.recentActions
    .toSorted((one, other) => other.takenAt.getTime() - one.takenAt.getTime())
    .map(({ action, takenAt }) => ({ workflowId: action.workflow.workflowId, startedAt: takenAt.toISOString() }));
}

/** The state of a round, with its result or failure. */
export async function describeRound(client: Client, { workflowId, startedAt }: Started): Promise<Round> {
  const round = { workflowId, startedAt, endedAt: null, result: null, failure: null };
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status, closeTime } = await handle.describe();
    if (isOpenStatus(status.name)) return { ...round, state: 'running' };
    const ended = { ...round, state: STATES[status.name] ?? 'failed', endedAt: closeTime?.toISOString() ?? null };
    if (ended.state !== 'completed' && ended.state !== 'failed') return ended;
    return await handle.result().then(
      (result: unknown) => ({ ...ended, result }),
      (error: unknown) => ({ ...ended, failure: failureOf(error) }),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { ...round, state: 'forgotten' };
    throw error;
  }
}

const STATES: Readonly<Partial<Record<WorkflowExecutionStatusName, Round['state']>>> = {
  COMPLETED: 'completed',
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
};

/** The innermost failure with one of our codes; rejections of the client itself are thrown. */
function failureOf(error: unknown): FailureFact {
  if (!(error instanceof WorkflowFailedError)) throw error;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure && isFailureCode(cause.type))
      return { code: cause.type, message: cause.message };
  return { code: 'BackendDefect', message: error.cause?.message ?? error.message };
}
