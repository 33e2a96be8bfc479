import type { Client } from '@temporalio/client';
import { DEPLOYMENT_NAME } from '../../contracts/names/deployment.js';
import type { DeployedVersion, Deployment, VersionState } from '../../ports/worker-deployment.js';
import { hasGrpcStatus } from './grpc-status.js';

/** Limit of one call, in ms. */
const CALL_MS = 10_000;

/** States by the number in Temporal's API (`WorkerDeploymentVersionStatus`); any other counts as inactive. */
const STATES: Readonly<Record<number, VersionState>> = { 2: 'current', 3: 'ramping', 4: 'draining', 5: 'drained' };

type Service = Client['workflowService'];
type Described = Awaited<ReturnType<Service['describeWorkerDeployment']>>;
type Summary = NonNullable<NonNullable<Described['workerDeploymentInfo']>['versionSummaries']>[number];
type Time = Summary['createTime'];

/** The deployment; null: no worker with a version has ever asked for work. Rejects with the client's own error. */
export async function describeDeployment(client: Client): Promise<Deployment | null> {
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo, conflictToken } = await bounded(client, () =>
      client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT_NAME }),
    );
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      workerDeploymentInfo?.routingConfig ?? {};
    const ramping = rampingDeploymentVersion?.buildId;
    return {
      current: currentDeploymentVersion?.buildId ?? null,
      ramping: ramping == null ? null : { build: ramping, percent: rampingVersionPercentage ?? 0 },
      versions: (workerDeploymentInfo?.versionSummaries ?? []).map(versionOf),
      token: conflictToken,
    };
  } catch (error) {
    if (hasGrpcStatus(error, 'notFound')) return null;
    throw error;
  }
}

function versionOf(summary: Summary): DeployedVersion {
  const { deploymentVersion, status, createTime, currentSinceTime, rampingSinceTime, drainageInfo } = summary;
  const state = STATES[Number(status)] ?? 'inactive';
  const since: Readonly<Record<VersionState, Time>> = {
    current: currentSinceTime,
    ramping: rampingSinceTime,
    draining: drainageInfo?.lastChangedTime,
    drained: drainageInfo?.lastChangedTime,
    inactive: createTime,
  };
  return { build: deploymentVersion?.buildId ?? '', state, since: isoTime(since[state] ?? createTime) };
}

function isoTime(time: Time): string {
  return new Date(Number(time?.seconds ?? 0) * 1000).toISOString();
}

/**
 * Makes a build the current one; null: workers without versions get what begins from now on. With `token` it changes
 * nothing if the deployment is no longer as it was read. Rejects with the client's own error, such as
 * FAILED_PRECONDITION if the build has no workers on a queue that the current one serves.
 */
export async function setCurrentVersion(
  client: Client,
  build: string | null,
  { identity, token }: { readonly identity: string; readonly token: Uint8Array },
): Promise<void> {
  await bounded(client, () =>
    client.workflowService.setWorkerDeploymentCurrentVersion({
      namespace: client.options.namespace,
      deploymentName: DEPLOYMENT_NAME,
      buildId: build ?? '',
      ...{ identity, conflictToken: token },
    }),
  );
}

/** Gives a build this part of what begins, 0 to 100; null ends the ramp. Rejects as `setCurrentVersion` does. */
export async function setRampingVersion(
  client: Client,
  ramp: { readonly build: string; readonly percent: number } | null,
  { identity, token }: { readonly identity: string; readonly token: Uint8Array },
): Promise<void> {
  await bounded(client, () =>
    client.workflowService.setWorkerDeploymentRampingVersion({
      namespace: client.options.namespace,
      deploymentName: DEPLOYMENT_NAME,
      buildId: ramp?.build ?? '',
      percentage: ramp?.percent ?? 0,
      ...{ identity, conflictToken: token },
    }),
  );
}

function bounded<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + CALL_MS, call);
}
