import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError, type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from '../logging/logger.js';
import { isGoneHere } from './process-identity.js';

/** Visibility lags behind by moments: a workflow that began just before its worker died is found by the second look. */
const SECOND_LOOK_MS = 5000;
/** Descriptions that are asked for at a time. */
const PARALLEL = 20;
/** `PendingActivityState` of the server's API. */
const STARTED = 2;
const CANCEL_REQUESTED = 3;

type Abandoned = {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
  readonly activityType: string;
  readonly identity: string;
  readonly canceled: boolean;
};

/**
 * Gives back what dead worker processes of this machine still hold, so that it goes on at once and not only when its
 * heartbeat timeout (or, without one, its time limit) is over. A process is dead when its pid does not exist any more
 * in this boot and pid namespace; of all others nothing is assumed. An activity whose cancel was asked for is confirmed
 * as canceled, the others fail with `Detached` and are tried again. Looks twice, then ends; `signal` ends it sooner.
 */
export async function takeOverFromTheDead(
  client: Client,
  log: Pick<Logger, 'info' | 'warn'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await takeOver(client, log, signal);
    await sleep(SECOND_LOOK_MS, undefined, { signal });
    await takeOver(client, log, signal);
  } catch (error) {
    if (signal.aborted) return;
    log.warn({ err: error }, 'work of ended workers could not be taken over; it goes on after its heartbeat timeout');
  }
}

async function takeOver(client: Client, log: Pick<Logger, 'info' | 'warn'>, signal: AbortSignal): Promise<void> {
  const open = client.workflow.list({ query: `ExecutionStatus = 'Running'` });
  const gone = new Map<string, boolean>();
  let given = 0;
  const look = async (run: { workflowId: string; runId: string }): Promise<void> => {
    for (const activity of await abandonedActivities(client, run, gone)) {
      if (await giveBack(client, activity)) given += 1;
    }
  };
  const looking = new Set<Promise<void>>();
  for await (const { workflowId, runId } of open) {
    if (signal.aborted) return;
    const one = look({ workflowId, runId }).finally(() => looking.delete(one));
    looking.add(one);
    if (looking.size >= PARALLEL) await Promise.race(looking);
  }
  await Promise.all(looking);
  const dead = [...gone].filter(([, isGone]) => isGone).map(([identity]) => identity);
  if (given > 0) log.info({ activities: given, workers: dead }, 'took over the work of workers that are gone');
}

async function abandonedActivities(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
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

/** True when the server took it; false when the activity had ended or moved on meanwhile. */
async function giveBack(client: Client, activity: Abandoned): Promise<boolean> {
  const { workflowId, runId, activityId, activityType, identity, canceled } = activity;
  const id = { workflowId, runId, activityId };
  const message = `the worker that ran ${activityType} (${identity}) is gone; the next attempt goes on from here`;
  return unlessEnded(async () => {
    if (canceled) await client.activity.reportCancellation(id);
    else {
      await client.activity.fail(
        id,
        ApplicationFailure.create({ message, type: 'Detached', nonRetryable: false, nextRetryDelay: '1ms' }),
      );
    }
    return true;
  }, false);
}

async function unlessEnded<T>(call: () => Promise<T>, ended: T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof ActivityNotFoundError) return ended;
    throw error;
  }
}
