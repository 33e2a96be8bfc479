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

/** Visibility lags behind by moments: a workflow that began just before its worker died is found by the second look. */
const SECOND_LOOK_MS = 5000;
/** Descriptions that are asked for at a time. */
const PARALLEL = 20;
/**
 * An activity is given back within this time after it was seen in dead hands, or looked at once more. The server knows no
 * attempt in that call, so it must not come to the next one, which another worker may have by then; and the shortest
 * pause that the server makes before a next attempt is longer than this.
 */
const FRESH_MS = DEFAULT_DURATIONS.retryFirst * 800;
/** Looks at a workflow whose server is so slow that each of them is stale before the next call. */
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
  /** Lies on this machine's disk: workers that start together give back one after the other (docs/decisions/0040). */
  readonly lockFile: string;
  readonly signal: AbortSignal;
};

/**
 * Gives back what dead worker processes of this machine still hold, so that it goes on at once and not only when its
 * heartbeat timeout (or, without one, its time limit) is over. A process is dead when its pid does not exist any more
 * in this boot and pid namespace; of all others nothing is assumed. An activity whose cancel was asked for is confirmed
 * as canceled, the others fail with `Detached` and are tried again; one that a living worker has meanwhile is left to it.
 * Looks twice, then ends; `signal` ends it sooner.
 */
export async function takeOverFromTheDead(given: TakeOver): Promise<void> {
  const { signal } = given;
  await takeOver(given);
  await sleep(SECOND_LOOK_MS, undefined, { signal }).catch(() => undefined);
  if (!signal.aborted) await takeOver(given);
}

/** One look at all that runs. What keeps it from some of that is said, and keeps it from nothing else. */
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

/** All of them, or those listed before `stop`: what is under way then is still waited for. */
async function* openRuns(client: Client, stop: AbortSignal): AsyncGenerator<Run> {
  for await (const { workflowId, runId } of client.workflow.list({ query: IS_OPEN })) {
    if (stop.aborted) return;
    yield { workflowId, runId };
  }
}

/** How many activities of this run the server took back. */
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

/** `moved` when the activity had ended or gone on meanwhile; `stale` when what was seen of it is too long ago. */
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
    // Whether a call that was cut off came through is not known: the next look tells.
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
