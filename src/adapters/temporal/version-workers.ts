import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import { DEPLOYMENT_NAME } from '../../contracts/names/deployment.js';
import { isNotFound } from './worker-deployment.js';

const PARALLEL = 8;
/** A worker asks for work once a minute at the least; one that has not asked for longer has ended, in ms. */
const SILENT_MS = 90_000;

/** Workers of a version that ask for work at one task queue. */
export type QueueWorkers = {
  readonly queue: string;
  readonly kind: 'workflows' | 'activities';
  readonly workers: number;
};

/** The task queues that a version has ever served, with its workers there now. Rejects with the client's own error. */
export async function workersOf(client: Client, build: string): Promise<readonly QueueWorkers[]> {
  const { namespace } = client.options;
  const { workflowService } = client;
  const described = await workflowService
    .describeWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName: DEPLOYMENT_NAME, buildId: build },
    })
    .catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
  const queues = (described?.workerDeploymentVersionInfo?.taskQueueInfos ?? []).toSorted((a, b) =>
    (a.name ?? '').localeCompare(b.name ?? ''),
  );
  return pMap(
    queues,
    async ({ name, type }): Promise<QueueWorkers> => {
      const taskQueue = { name: name ?? '' };
      const { pollers } = await workflowService.describeTaskQueue({
        namespace,
        taskQueue,
        taskQueueType: type ?? null,
      });
      const workers = pollers.filter(
        ({ deploymentOptions, lastAccessTime }) =>
          deploymentOptions?.deploymentName === DEPLOYMENT_NAME &&
          deploymentOptions.buildId === build &&
          Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - SILENT_MS,
      );
      return { queue: taskQueue.name, kind: Number(type) === 1 ? 'workflows' : 'activities', workers: workers.length };
    },
    { concurrency: PARALLEL },
  );
}
