import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import { DEPLOYMENT_NAME } from '../../contracts/names/deployment.js';
import { hasGrpcStatus } from './grpc-status.js';
import { livingPollersOf, type TaskKind, taskKindOf } from './pollers.js';

const PARALLEL = 8;

/** Workers of a version that ask for work at one task queue. */
export type QueueWorkers = {
  readonly queue: string;
  readonly kind: TaskKind;
  readonly workers: number;
};

/** The task queues that a version has ever served, with its workers there now. Rejects with the client's own error. */
export async function workersOf(client: Client, build: string): Promise<readonly QueueWorkers[]> {
  const { namespace } = client.options;
  const described = await client.workflowService
    .describeWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName: DEPLOYMENT_NAME, buildId: build },
    })
    .catch((error: unknown) => {
      // A version is listed a moment before it can be described.
      if (hasGrpcStatus(error, 'notFound')) return null;
      throw error;
    });
  const queues = (described?.workerDeploymentVersionInfo?.taskQueueInfos ?? []).toSorted((a, b) =>
    (a.name ?? '').localeCompare(b.name ?? ''),
  );
  return pMap(
    queues,
    async ({ name, type }): Promise<QueueWorkers> => {
      const queue = name ?? '';
      const kind = taskKindOf(type);
      const workers = (await livingPollersOf(client, queue, kind)).filter((poller) => poller.build === build);
      return { queue, kind, workers: workers.length };
    },
    { concurrency: PARALLEL },
  );
}
