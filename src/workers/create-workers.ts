import { availableParallelism } from 'node:os';
import { type NativeConnection, Worker } from '@temporalio/worker';
import type { ActivitySets } from '../activities/index.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import { NO_REPORTS } from '../adapters/sentry/defect-reports.js';
import type { DefectReports } from '../ports/defect-reports.js';
import { activityLogFields } from './activity-log-fields.js';
import { defectInterceptor } from './defect-interceptor.js';
import type { Observation } from './observation.js';
import { queueOptions } from './queue-options.js';
import { versionOptions } from './worker-version.js';
import { ROLE_QUEUES, runsWorkflows, type Role } from '../domain/service/roles.js';

/** A build is in the cache only while it makes progress; 200 entries serve a thousand builds. */
const CACHED_WORKFLOWS = 200;

/**
 * The Temporal Workers of one process: at most one for workflows, and one per task queue of activities. They share the
 * connection, and the SDK's own signal handling shuts them down together.
 */
export async function createWorkers(input: {
  readonly role: Role;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly storage: string;
  readonly signParallel: number;
  readonly activities: ActivitySets;
  readonly workflowBundle: string;
  /** The name of an activity's worker in Temporal. */
  readonly identity: string;
  readonly observation: Pick<Observation, 'activityInterceptor' | 'traces'>;
  /** The version of these workers in the worker deployment; null: they have none. */
  readonly buildId?: string | null;
  /** None: nobody wants reports. */
  readonly reports?: DefectReports;
}): Promise<readonly Worker[]> {
  const { role, connection, namespace, activities, identity } = input;
  const { activityInterceptor, traces } = input.observation;
  // The span must be outermost, so that its id is in the lines logged meanwhile.
  const traced = traces === null ? [] : [traces.activityInterceptor];
  const defects = defectInterceptor(input.reports ?? NO_REPORTS);
  const queues = { poll: POLL_QUEUE, ...storageQueues(input.storage) };
  const version = versionOptions(input.buildId ?? null);
  const options = queueOptions({ signParallel: input.signParallel, cores: availableParallelism() });
  // In sequence: each registers with the server, and an error names its queue.
  const workers: Worker[] = [];
  for (const set of ROLE_QUEUES[role]) {
    workers.push(
      await Worker.create({
        connection,
        namespace,
        identity,
        taskQueue: queues[set],
        activities: activities[set],
        interceptors: { activity: [...traced, activityInterceptor, defects, activityLogFields] },
        shutdownForceTime: '90s',
        ...options[set],
        ...version,
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
        ...version,
      }),
    );
  }
  return workers;
}
