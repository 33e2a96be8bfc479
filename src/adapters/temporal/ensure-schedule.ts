import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleOptions,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Workflows, WorkflowType } from '../../contracts/workflows.js';
import { WORKFLOW_QUEUE } from '../../contracts/names/task-queues.js';

/** A round that could not begin within this time is skipped: the next one does its work too. Milliseconds. */
const CATCH_UP_MS = 60_000;

/** A workflow that is started periodically. */
export type PeriodicWork<T extends WorkflowType> = {
  readonly type: T;
  readonly input: Parameters<Workflows[T]>[0];
  /** Seconds between two rounds. */
  readonly every: number;
  /** Seconds after each full interval since 1970, in UTC: for a day, the time of day. Default: 0. */
  readonly offset?: number;
  readonly staticSummary: string;
};

/**
 * Makes sure that a Temporal Schedule starts the work, one round at a time; a round's id is the Schedule's id and the
 * time. An existing Schedule is updated if it differs, but keeps its state: a paused one stays paused.
 */
export async function ensureSchedule<T extends WorkflowType>(
  client: Client,
  scheduleId: string,
  work: PeriodicWork<T>,
): Promise<void> {
  const wanted = optionsOf(scheduleId, work);
  try {
    await client.schedule.create(wanted);
    return;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const schedule = client.schedule.getHandle(scheduleId);
  // Without a difference nothing is written, because a pause between reading and writing would be undone.
  if (isAsWanted(await schedule.describe(), wanted)) return;
  await schedule.update(({ state }) => ({ ...wanted, state }));
}

/** Deletes a Schedule that is no longer wanted; a round under way continues. A missing Schedule counts as deleted. */
export async function removeSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

function optionsOf<T extends WorkflowType>(scheduleId: string, work: PeriodicWork<T>) {
  const { type, input, every, offset = 0, staticSummary } = work;
  return {
    scheduleId,
    spec: { intervals: [{ every: every * 1000, offset: offset * 1000 }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS, pauseOnFailure: false },
    action: {
      ...{ type: 'startWorkflow', workflowType: type, workflowId: scheduleId, taskQueue: WORKFLOW_QUEUE },
      ...{ staticSummary, args: [input] },
    },
  } as const satisfies ScheduleOptions;
}

function isAsWanted({ spec, policies, action }: ScheduleDescription, wanted: ReturnType<typeof optionsOf>): boolean {
  const { type, workflowType, workflowId, taskQueue, staticSummary, args } = action;
  return (
    isDeepStrictEqual(spec.intervals, wanted.spec.intervals) &&
    isDeepStrictEqual(policies, wanted.policies) &&
    isDeepStrictEqual({ type, workflowType, workflowId, taskQueue, staticSummary, args }, wanted.action)
  );
}
