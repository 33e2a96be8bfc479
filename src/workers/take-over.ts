import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError, type Client, WorkflowNotFoundError } from '@temporalio/client';
import pMap from 'p-map';
import { acquireFileLock } from '../adapters/process/file-lock.js';
import { IS_OPEN } from '../adapters/temporal/open-workflows.js';
import { makeDirectories } from '../adapters/files/make-directories.js';
import { detached } from '../contracts/detached.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { Logger } from '../logging/logger.js';
import { isGoneHere } from './process-identity.js';

/** Visibility lags a little: the second look finds a workflow that began just before its worker died. */
const SECOND_LOOK_MS = 5000;
/** Descriptions requested in parallel. */
const PARALLEL = 20;
/**
 * An activity is released within this time after it was seen held by a dead process; later it is looked at again first.
 * The call does not name the attempt, so it must not hit the next one, which another worker may have by then; the
 * shortest pause that the server makes before a next attempt is longer than this.
 */
const FRESH_MS = DEFAULT_DURATIONS.retryFirst * 800;
/** Looks at a workflow if the server is so slow that each look is stale before the next call. */
const LOOKS = 5;
/** `PendingActivityState` of the server's API. */
const STARTED = 2;
const CANCEL_REQUESTED = 3;

type Run = { readonly workflowId: string; readonly runId: string };
type Abandoned = Run & {
  readonly activityId: string;
  readonly activityType: string;
  readonly identity: string;
  readonly canceled: boolean;
};

type TakeOver = {
  readonly client: Client;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /**
   * On this machine's disk: workers that start together release activities one after the other (docs/decisions/0040).
   */
  readonly lockFile: string;
  readonly signal: AbortSignal;
};

/**
 * Releases activities that dead worker processes of this machine still hold, so that they continue at once instead of
 * after their heartbeat timeout (or, without one, their time limit). A process is dead if its pid no longer exists in
 * this boot and pid namespace; about all others nothing is assumed. An activity whose cancel was requested is confirmed
 * as canceled; the others fail with `Detached` and are retried; one that a living worker has taken meanwhile is left to
 * it. Looks twice, then ends; `signal` ends it sooner.
 */
export async function takeOverFromTheDead(given: TakeOver): Promise<void> {
  const { signal } = given;
  await takeOver(given);
  await sleep(SECOND_LOOK_MS, undefined, { signal }).catch(() => undefined);
  if (!signal.aborted) await takeOver(given);
}

/** One look at everything that runs. An error with one item is logged and does not stop the others. */
async function takeOver({ client, log, lockFile, signal }: TakeOver): Promise<void> {
  const failed = (workflowId: string | null, error: unknown): void => {
    if (signal.aborted) return;
    const text = 'work of ended workers could not be taken over; it goes on after its heartbeat timeout';
    log.warn({ ...(workflowId === null ? {} : { workflowId }), err: error }, text);
  };
  try {
    await makeDirectories(path.dirname(lockFile), { mode: 0o700 });
    const lock = await acquireFileLock(lockFile, signal);
    if (lock === null) return;
    try {
      await giveBackEverywhere({ client, log, stop: AbortSignal.any([signal, lock.lost]), failed });
    } finally {
      await lock.release();
    }
  } catch (error) {
    failed(null, error);
  }
}

async function giveBackEverywhere(look: {
  readonly client: Client;
  readonly log: TakeOver['log'];
  readonly stop: AbortSignal;
  readonly failed: (workflowId: string, error: unknown) => void;
}): Promise<void> {
  const { client, log, stop, failed } = look;
  const gone = new Map<string, boolean>();
  let given = 0;
  const lookAt = async (run: Run): Promise<void> => {
    try {
      given += await giveBackAll(client, run, gone);
    } catch (error) {
      failed(run.workflowId, error);
    }
  };
  await pMap(openRuns(client, stop), lookAt, { concurrency: PARALLEL });
  const dead = [...gone].filter(([, isGone]) => isGone).map(([identity]) => identity);
  if (given > 0) log.info({ activities: given, workers: dead }, 'took over the work of workers that are gone');
}

/** All of them, or those listed before `stop`: the call under way then is still awaited. */
async function* openRuns(client: Client, stop: AbortSignal): AsyncGenerator<Run> {
  for await (const { workflowId, runId } of client.workflow.list({ query: IS_OPEN })) {
    if (stop.aborted) return;
    yield { workflowId, runId };
  }
}

/** The number of activities of this run that the server took back. */
async function giveBackAll(client: Client, run: Run, gone: Map<string, boolean>): Promise<number> {
  let given = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    const fresh = Date.now() + FRESH_MS;
    const abandoned = await abandonedActivities(client, run, gone);
    const ends = await Promise.all(abandoned.map((activity) => giveBack(client, activity, fresh)));
    given += ends.filter((end) => end === 'given').length;
    if (!ends.includes('stale')) break;
  }
  return given;
}

async function abandonedActivities(
  client: Client,
  run: Run,
  gone: Map<string, boolean>,
): Promise<readonly Abandoned[]> {
  const description = await unlessEnded(() => client.workflow.getHandle(run.workflowId, run.runId).describe(), null);
  const pending = description?.raw.pendingActivities ?? [];
  return pending.flatMap(({ activityId, activityType, state, lastWorkerIdentity: identity }) => {
    if (typeof activityId !== 'string' || typeof identity !== 'string') return [];
    const held = Number(state);
    if (held !== STARTED && held !== CANCEL_REQUESTED) return [];
    if (!gone.has(identity)) gone.set(identity, isGoneHere(identity));
    if (gone.get(identity) !== true) return [];
    const name = activityType?.name ?? 'activity';
    return [{ ...run, activityId, activityType: name, identity, canceled: held === CANCEL_REQUESTED }];
  });
}

/** `moved` if the activity had ended or continued meanwhile; `stale` if the look at it is too old. */
async function giveBack(client: Client, activity: Abandoned, fresh: number): Promise<'given' | 'moved' | 'stale'> {
  const { workflowId, runId, activityId, activityType, identity, canceled } = activity;
  const id = { workflowId, runId, activityId };
  const reason = detached(
    `the worker that ran ${activityType} (${identity}) is gone; the next attempt goes on from here`,
  );
  if (Date.now() >= fresh) return 'stale';
  const call = (): Promise<void> =>
    canceled ? client.activity.reportCancellation(id) : client.activity.fail(id, reason);
  try {
    return await unlessEnded<'given' | 'moved'>(async () => {
      await client.withDeadline(fresh, call);
      return 'given';
    }, 'moved');
  } catch (error) {
    // Nobody knows whether an interrupted call succeeded: the next look shows.
    if (Date.now() >= fresh) return 'stale';
    throw error;
  }
}

async function unlessEnded<T>(call: () => Promise<T>, ended: T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof ActivityNotFoundError) return ended;
    throw error;
  }
}
