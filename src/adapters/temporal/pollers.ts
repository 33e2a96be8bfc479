import type { Client } from '@temporalio/client';
import { DEPLOYMENT_NAME } from '../../contracts/names/deployment.js';

/** A task queue has tasks of both kinds, each for workers of its own. */
export type TaskKind = 'workflows' | 'activities';
/**
 * A worker asks for work once a minute at the least, and again at once; one that has not asked for longer has ended, in
 * ms. Half a minute more than that, because two clocks are compared.
 */
const SILENT_MS = 90_000;
/** `TaskQueueType` of the server's API, which the SDK does not export. */
const TYPES: Readonly<Record<TaskKind, number>> = { workflows: 1, activities: 2 };

/** The kind that the server means by this number. */
export function taskKindOf(type: unknown): TaskKind {
  return Number(type) === TYPES.workflows ? 'workflows' : 'activities';
}

/** A process that asks for work at a task queue. */
export type Poller = {
  readonly identity: string;
  /** When it asked last, ms since 1970 by the server's clock. */
  readonly at: number;
  /** Its build in our worker deployment; null: it has no version. */
  readonly build: string | null;
};

/** Those of them that still work there. Rejects with the client's own error. */
export async function livingPollersOf(client: Client, queue: string, kind: TaskKind): Promise<readonly Poller[]> {
  const pollers = await pollersOf(client, queue, kind);
  return pollers.filter(({ at }) => at > Date.now() - SILENT_MS);
}

/** Those that have lately asked, as far as the server remembers. Rejects with the client's own error. */
export async function pollersOf(client: Client, queue: string, kind: TaskKind): Promise<readonly Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    ...{ namespace: client.options.namespace, taskQueue: { name: queue } },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the SDK does not export the enumeration
    taskQueueType: TYPES[kind],
  });
  return pollers.map(({ identity, lastAccessTime, deploymentOptions: version }) => ({
    identity: identity ?? '',
    at: Number(lastAccessTime?.seconds ?? 0) * 1000 + (lastAccessTime?.nanos ?? 0) / 1e6,
    build: version?.deploymentName === DEPLOYMENT_NAME ? (version.buildId ?? null) : null,
  }));
}
