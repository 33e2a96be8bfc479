import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { WorkerOptions } from '@temporalio/worker';
import { packageVersion } from '../adapters/process/package-version.js';
import { buildIdOf, DEPLOYMENT_NAME } from '../contracts/names/deployment.js';
import { workflowBundlePath } from './workflow-bundle.js';

/**
 * The build id of these workers: the same on every host with this package. The bundle without traces counts, since
 * spans change no command and one host may have them.
 */
export async function workerBuildId(): Promise<string> {
  const bundle = await readFile(workflowBundlePath({ traced: false }));
  return buildIdOf({ version: packageVersion(), digest: createHash('sha256').update(bundle).digest('hex') });
}

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
