import {
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import pMap from 'p-map';
import { isFailureCode, type FailureFact } from '../../contracts/failures/failure-codes.js';
import { parseScheduleId } from '../../contracts/maintenance/periodic-jobs.js';
import type { PeriodicWorkState, Round } from '../../ports/maintenance/periodic-work.js';
import { isOpenStatus } from './open-workflows.js';

const DESCRIBED_AT_ONCE = 8;

/** Says what a running round does. */
type Doing = (description: WorkflowExecutionDescription) => string;

type Rounds = {
  /** How many of the last rounds; Temporal knows ten. */
  readonly most: number;
  /** Ended rounds that need not be asked for again. */
  readonly ended?: Map<string, Round>;
  readonly doing?: Doing;
};

/**
 * All Schedules of this backend in the namespace, with their last rounds. Rejects with the client's own error.
 */
export async function listPeriodicWork(client: Client, rounds: Rounds): Promise<readonly PeriodicWorkState[]> {
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
  options: Rounds,
): Promise<PeriodicWorkState | null> {
  const parsed = parseScheduleId(scheduleId);
  if (parsed === null) return null;
  try {
    const description = await client.schedule.getHandle(scheduleId).describe();
    const { spec, state, info } = description;
    return {
      ...{ ...parsed, scheduleId },
      every: (spec.intervals?.[0]?.every ?? 0) / 1000,
      next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
      paused: state.paused ? { note: state.note ?? '' } : null,
      createdAt: info.createdAt.toISOString(),
      rounds: await pMap(
        startedRounds(description).slice(0, options.most),
        (started) => roundOf(client, started, options),
        { concurrency: 2 },
      ),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function roundOf(client: Client, started: Started, { ended, doing }: Rounds): Promise<Round> {
  const known = ended?.get(started.workflowId);
  if (known !== undefined) return known;
  const round = await describeRound(client, started, doing);
  if (round.state !== 'running') ended?.set(round.workflowId, round);
  return round;
}

type Started = { readonly workflowId: string; readonly startedAt: string };

/** The last rounds that a Schedule started, newest first; Temporal keeps ten. */
export function startedRounds({ info }: ScheduleDescription): readonly Started[] {
  return info.recentActions
    .toSorted((one, other) => other.takenAt.getTime() - one.takenAt.getTime())
    .map(({ action, takenAt }) => ({ workflowId: action.workflow.workflowId, startedAt: takenAt.toISOString() }));
}

/** The state of a round, with its result or failure. */
export async function describeRound(client: Client, { workflowId, startedAt }: Started, doing?: Doing): Promise<Round> {
  const round = { workflowId, startedAt, endedAt: null, result: null, failure: null };
  const handle = client.workflow.getHandle(workflowId);
  try {
    const description = await handle.describe();
    const { status, closeTime } = description;
    if (isOpenStatus(status.name))
      return { ...round, state: 'running', ...(doing === undefined ? {} : { doing: doing(description) }) };
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
