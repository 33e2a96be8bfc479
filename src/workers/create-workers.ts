import { availableParallelism } from 'node:os';
import { type NativeConnection, Worker } from '@temporalio/worker';
import type { ActivitySets } from '../activities/index.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import { activityLogFields } from './activity-log-fields.js';
import type { Observation } from './observation.js';
import { queueOptions } from './queue-options.js';
import { ROLE_QUEUES, runsWorkflows, type Role } from './roles.js';

/** A build sits in the cache only while it moves; 200 entries serve a thousand builds. */
const CACHED_WORKFLOWS = 200;

/**
 * The Temporal Workers of one process: at most one for workflows, one per task queue of activities. They share the
 * connection and are shut down together by the SDK's own signal handling.
 */
export async function createWorkers(input: {
  readonly role: Role;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly storage: string;
  readonly signParallel: number;
  readonly activities: ActivitySets;
  readonly workflowBundle: string;
  /** What Temporal shows as the worker of an activity. */
  readonly identity: string;
  readonly observation: Pick<Observation, 'activityInterceptor' | 'traces'>;
}): Promise<readonly Worker[]> {
  const { role, connection, namespace, activities, identity } = input;
  const { activityInterceptor, traces } = input.observation;
  // A span holds what the others do, and its id stands in the lines that are logged meanwhile.
  const traced = traces === null ? [] : [traces.activityInterceptor];
  const queues = { poll: POLL_QUEUE, ...storageQueues(input.storage) };
  const options = queueOptions({ signParallel: input.signParallel, cores: availableParallelism() });
  // One after the other: each registers with the server, and an error names its queue.
  const workers: Worker[] = [];
  for (const set of ROLE_QUEUES[role]) {
    workers.push(
      await Worker.create({
        connection,
        namespace,
        identity,
        taskQueue: queues[set],
        activities: activities[set],
        interceptors: { activity: [...traced, activityInterceptor, activityLogFields] },
        shutdownForceTime: '90s',
        ...options[set],
      }),
    );
  }
  if (runsWorkflows(role)) {
    workers.push(
      await Worker.create({
        connection,
        namespace,
        identity,
        taskQueue: WORKFLOW_QUEUE,
        workflowBundle: { codePath: input.workflowBundle },
        ...(traces === null ? {} : { sinks: traces.sinks }),
        maxCachedWorkflows: CACHED_WORKFLOWS,
        workflowThreadPoolSize: 1,
        shutdownForceTime: '90s',
      }),
    );
  }
  return workers;
}
