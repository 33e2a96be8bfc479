import type { WorkerOptions } from '@temporalio/worker';
import { DEPLOYMENT_NAME } from '../contracts/names/deployment.js';

/**
 * Options of each Worker; null: workers have no versions. Every workflow keeps its version to its end; long ones
 * continue as new in another one when they are told (decision 0083).
 */
export function versionOptions(buildId: string | null): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (buildId === null) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: DEPLOYMENT_NAME, buildId },
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
