import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasGrpcStatus } from '../adapters/temporal/grpc-status.js';
import { livingPollersOf, pollersOf, type TaskKind } from '../adapters/temporal/pollers.js';
import { searchAttributeNames } from '../contracts/search-attributes.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import type { OpenClient } from './connect.js';

/** `IndexedValueType` of the server's API. */
const KEYWORD = 2;
/** Nobody works on it. One name for all looks, because the server remembers the names of queues. */
const CLOCK_QUEUE = 'copr-backend-doctor';
const CLOCK_LIMIT_MS = 5000;
const CLOCK_LOOKS = 20;
const CLOCK_PAUSE_MS = 100;

/** The answer of a server about itself and our namespace. */
export type NamespaceLook =
  { readonly state: 'absent' } | { readonly state: 'there'; readonly server: string; readonly retentionDays: number };

/** Asks for the version of the server and for the namespace. Rejects with the server's error. */
export async function lookAtNamespace({ client, namespace }: OpenClient): Promise<NamespaceLook> {
  const { workflowService } = client.connection;
  const { serverVersion } = await workflowService.getSystemInfo({});
  try {
    const { config } = await workflowService.describeNamespace({ namespace });
    const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    return { state: 'there', server: serverVersion, retentionDays: seconds / 86_400 };
  } catch (error) {
    if (hasGrpcStatus(error, 'notFound')) return { state: 'absent' };
    throw error;
  }
}

/** Our search attributes that the namespace lacks, or has with another type. Rejects with the server's error. */
export async function missingAttributes({ client, namespace }: OpenClient): Promise<readonly string[]> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames().filter((name) => (customAttributes[name] as number | undefined) !== KEYWORD);
}

/** Who polls a queue. */
export type QueueLook = { readonly queue: string; readonly workers: number };

/** Number of processes that poll each of our queues now. Rejects with the server's error. */
export async function lookAtQueues(open: OpenClient, storage: string): Promise<readonly QueueLook[]> {
  const activities = [POLL_QUEUE, ...Object.values(storageQueues(storage))];
  return Promise.all([
    workersAt(open, WORKFLOW_QUEUE, 'workflows'),
    ...activities.map((queue) => workersAt(open, queue, 'activities')),
  ]);
}

async function workersAt({ client }: OpenClient, queue: string, kind: TaskKind): Promise<QueueLook> {
  const living = await livingPollersOf(client, queue, kind);
  return { queue, workers: new Set(living.map(({ identity }) => identity)).size };
}

/**
 * The server's clock minus this host's, in ms, exact to the time of a call. The server has no call for its time: it is
 * the time at which it heard a poll on a queue that nobody uses. Null if it did not show that poll in time.
 */
export async function temporalClockAhead(
  open: OpenClient,
  { signal, now = Date.now }: { readonly signal: AbortSignal; readonly now?: () => number },
): Promise<number | null> {
  const { client, namespace } = open;
  const identity = `doctor@${hostname()}/${randomUUID()}`;
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  const began = now();
  const { connection } = client;
  const poll = { namespace, identity, taskQueue: { name: CLOCK_QUEUE } };
  // The server refuses a long poll without a deadline.
  const polling = connection.withDeadline(Date.now() + CLOCK_LIMIT_MS, () =>
    connection.withAbortSignal(stop, () => connection.workflowService.pollActivityTaskQueue(poll)),
  );
  polling.catch(() => undefined); // ended by us
  try {
    for (let look = 0; look < CLOCK_LOOKS && !stop.aborted; look += 1) {
      const heard = (await pollersOf(client, CLOCK_QUEUE, 'activities')).find((poller) => poller.identity === identity);
      if (heard !== undefined) return heard.at - (look === 0 ? (began + now()) / 2 : began);
      await sleep(CLOCK_PAUSE_MS);
    }
    return null;
  } finally {
    ending.abort();
  }
}
