import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  describePeriodicWork,
  describeRound,
  listPeriodicWork,
  startedRounds,
} from '../adapters/temporal/periodic-rounds.js';
import { scheduleIdOf, type PeriodicJob } from '../contracts/maintenance/periodic-jobs.js';
import { failureText } from '../contracts/failures/failure-text.js';
import type { PeriodicWorkState, Round } from '../ports/maintenance/periodic-work.js';
import type { OpenClient } from './connect.js';
import { pendingActivities } from './pending-activities.js';
import { StarterFailure } from './starter-failure.js';

/** A job in a results tree. */
export type Periodic = { readonly job: PeriodicJob; readonly storage: string };

const LOOK_MS = 1000;
/** Longest wait for a Schedule to start a round; Temporal does that within a second. */
const STARTS_WITHIN_MS = 30_000;

/** Every Schedule of this backend, with at most ten of its last rounds. */
export async function listPeriodic({ client }: OpenClient, rounds: number): Promise<readonly PeriodicWorkState[]> {
  return listPeriodicWork(client, { most: rounds, doing });
}

/** One of them. Throws StarterFailure `notFound`. */
export async function describePeriodic(
  { client }: OpenClient,
  of: Periodic,
  rounds: number,
): Promise<PeriodicWorkState> {
  const state = await describePeriodicWork(client, scheduleIdOf(of.job, of.storage), { most: rounds, doing });
  if (state === null) throw noSchedule(of);
  return state;
}

/**
 * Starts a round at once, also of a paused Schedule, and returns its workflow id. Throws StarterFailure: `notFound`,
 * `alreadyRunning` (a round is under way; two never overlap), `noAnswer` (Temporal did not start it).
 */
export async function runNow(open: OpenClient, of: Periodic): Promise<string> {
  const before = await describePeriodic(open, of, 1);
  const [last] = before.rounds;
  if (last?.state === 'running') {
    const message = `a round of ${of.job} is under way since ${last.startedAt}: ${last.workflowId}`;
    throw new StarterFailure('alreadyRunning', message);
  }
  const schedule = open.client.schedule.getHandle(before.scheduleId);
  await schedule.trigger(ScheduleOverlapPolicy.SKIP);
  const until = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < until) {
    const [newest] = startedRounds(await schedule.describe());
    if (newest !== undefined && newest.workflowId !== last?.workflowId) return newest.workflowId;
    await sleep(LOOK_MS / 5);
  }
  throw new StarterFailure('noAnswer', `Temporal has not started a round of ${of.job}: is its Schedule service up?`);
}

/**
 * Waits for the end of a round, even one that somebody else started. `heard` gets what it is doing, when that
 * changes. The round continues if the wait ends early.
 */
export async function followRound(
  { client }: OpenClient,
  workflowId: string,
  heard: (line: string) => void,
): Promise<Round> {
  const startedAt = new Date().toISOString();
  let last = '';
  for (;;) {
    const round = await describeRound(client, { workflowId, startedAt }, doing);
    if (round.state !== 'running') return round;
    const { doing: line = last } = round;
    if (line !== last) heard(line);
    last = line;
    await sleep(LOOK_MS);
  }
}

/** Pauses or resumes the rounds of a job; one under way continues. Throws StarterFailure `notFound`. */
export async function pausePeriodic(
  open: OpenClient,
  of: Periodic,
  what: 'pause' | 'resume',
  reason: string | null,
): Promise<void> {
  const { scheduleId } = await describePeriodic(open, of, 0);
  const note = `${what}d by ${userInfo().username}${reason === null ? '' : `: ${reason}`}`;
  const schedule = open.client.schedule.getHandle(scheduleId);
  await (what === 'pause' ? schedule.pause(note) : schedule.unpause(note));
}

/** The work of the first activity of a round, or why it waits. */
function doing(description: Parameters<typeof pendingActivities>[0]): string {
  const [activity] = pendingActivities(description);
  if (activity === undefined) {
    const child = description.raw.pendingChildren?.[0]?.workflowId;
    return child == null ? 'waits for a worker' : `waits for ${child}`;
  }
  const { state, lastFailure } = activity;
  if (state === 'retrying' && lastFailure !== null) return `is tried again: ${failureText(lastFailure)}`;
  if (state === 'queued') return 'waits for a worker of the role build, action or all';
  return progressOf(description) ?? `${activity.activity} is ${state}`;
}

/** The progress line in the heartbeats (activities/maintenance/run-maintenance.ts). */
function progressOf({ raw }: Parameters<typeof pendingActivities>[0]): string | null {
  const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return null;
  try {
    const details = defaultPayloadConverter.fromPayload<{ readonly progress?: unknown } | null>(payload);
    return typeof details?.progress === 'string' ? details.progress : null;
  } catch {
    return null; // encoded by a codec that this command does not have
  }
}

function noSchedule({ job, storage }: Periodic): StarterFailure {
  return new StarterFailure(
    'notFound',
    `${job} has no Schedule in ${storage}: a poller makes it when it starts, where the configuration asks for it (docs/operations.md#periodic-work)`,
  );
}
