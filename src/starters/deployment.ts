import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import pMap from 'p-map';
import { hasGrpcStatus } from '../adapters/temporal/grpc-status.js';
import { type QueueWorkers, workersOf } from '../adapters/temporal/version-workers.js';
import { countOpenOn, tellDeploymentChanged } from '../adapters/temporal/versioned-workflows.js';
import { describeDeployment, setCurrentVersion, setRampingVersion } from '../adapters/temporal/worker-deployment.js';
import type { WorkflowType } from '../contracts/workflows.js';
import { type DeployedVersion, type Deployment, takesNew } from '../ports/worker-deployment.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';

/** The work of a version, and its workers. */
export type VersionReport = DeployedVersion & {
  readonly workers: readonly QueueWorkers[];
  /** Open workflows by type. */
  readonly open: Partial<Record<WorkflowType, number>>;
};
export type DeploymentReport = Pick<Deployment, 'current' | 'ramping'> & {
  readonly versions: readonly VersionReport[];
};

/** The outcome of a change of the deployment, real or expected. */
export type Change = {
  /** The build that was current before; null: workers without versions. */
  readonly before: string | null;
  /** Long-lived workflows that were told to go on in the version that they belong to now. */
  readonly told: number;
};

type Options = { readonly force: boolean; readonly dryRun: boolean };

const LOOK_MS = 2000;
/** Looks between two reminders of those that still have to move. */
const REMIND_AFTER = 15;

/** Every version with its workers and its open workflows. Throws StarterFailure `notFound` without a deployment. */
export async function describeVersions({ client }: OpenClient): Promise<DeploymentReport> {
  const { current, ramping, versions } = await existing(client);
  return { current, ramping, versions: await pMap(versions, (one) => reportOf(client, one), { concurrency: 2 }) };
}

/**
 * Makes a build current: what begins from now on begins on it, and long-lived workflows go on there. Null: on workers
 * without versions. Throws StarterFailure: `notFound`, `wouldStrand` if it has no workers where the current one has
 * some (unless `force`), `alreadyRunning` if it is current.
 */
export async function makeCurrent(open: OpenClient, build: string | null, options: Options): Promise<Change> {
  const { client } = open;
  const deployment = await existing(client);
  const { current, token } = deployment;
  if (current === build) throw new StarterFailure('alreadyRunning', `${build ?? 'unversioned'} is current already`);
  if (build !== null) await mustServe(open, deployment, build, options);
  if (options.dryRun) return { before: current, told: 0 };
  await refusable(setCurrentVersion(client, build, { identity: who(), token }));
  const told = await tellDeploymentChanged(client, { except: build === null ? [] : [build] });
  return { before: current, told };
}

/**
 * Sends a part of what begins to a build, or all of it to the current one again (null). Throws as `makeCurrent` does.
 */
export async function ramp(
  open: OpenClient,
  to: { readonly build: string; readonly percent: number } | null,
  options: Options,
): Promise<Change> {
  const { client } = open;
  const deployment = await existing(client);
  const { current, token } = deployment;
  if (to !== null) {
    if (current === to.build) throw new StarterFailure('alreadyRunning', `${to.build} is current: it gets everything`);
    await mustServe(open, deployment, to.build, options);
  }
  if (options.dryRun) return { before: current, told: 0 };
  await refusable(setRampingVersion(client, to, { identity: who(), token }));
  // A part of them goes to the new version, as of everything else.
  const told = await tellDeploymentChanged(client, { except: to === null && current !== null ? [current] : [] });
  return { before: current, told };
}

/**
 * Waits until no workflow is open on a build, and tells those that can to leave it. `heard` gets what is left when that
 * changes. Throws StarterFailure: `notFound`; `alreadyRunning` if workflows begin on it; `noAnswer` if it has no worker
 * for workflows while some are open.
 */
export async function drain(
  open: OpenClient,
  build: string,
  heard: (left: VersionReport['open']) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client } = open;
  let last = '';
  for (let look = 0; ; look += 1) {
    signal.throwIfAborted();
    const deployment = await existing(client);
    const version = versionOf(deployment, build);
    if (takesNew(deployment, build))
      throw new StarterFailure('alreadyRunning', `workflows begin on ${build}: make another version current first`);
    const { open: left, workers } = await reportOf(client, version);
    if (Object.keys(left).length === 0) return;
    if (!workers.some(({ kind, workers: count }) => kind === 'workflows' && count > 0))
      throw new StarterFailure('noAnswer', `${build} holds ${openText(left)}, and no worker of it runs: start one`);
    if (look % REMIND_AFTER === 0) await tellDeploymentChanged(client, { only: build });
    const now = openText(left);
    if (now !== last) heard(left);
    last = now;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Open workflows in words, as `12 build, 1 repository`. */
export function openText(open: VersionReport['open']): string {
  const parts = Object.entries(open).map(([type, count]) => `${count} ${type}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

async function existing(client: OpenClient['client']): Promise<Deployment> {
  const deployment = await describeDeployment(client);
  if (deployment !== null) return deployment;
  throw new StarterFailure(
    'notFound',
    'no worker with a version has come yet: set `worker_versioning = true` and start the workers again',
  );
}

function versionOf({ versions }: Deployment, build: string): DeployedVersion {
  const version = versions.find((one) => one.build === build);
  if (version !== undefined) return version;
  const known = versions.map((one) => one.build).join(', ');
  throw new StarterFailure('notFound', `no worker of ${build} has come yet; there were workers of: ${known}`);
}

async function reportOf(client: OpenClient['client'], version: DeployedVersion): Promise<VersionReport> {
  const [workers, open] = await Promise.all([workersOf(client, version.build), countOpenOn(client, version.build)]);
  return { ...version, workers, open };
}

/** A version without workers on a queue would leave there, for good, what begins on it. */
async function mustServe(
  { client }: OpenClient,
  deployment: Deployment,
  build: string,
  { force }: Options,
): Promise<void> {
  versionOf(deployment, build);
  if (force) return;
  const served = (await workersOf(client, build)).filter(({ workers }) => workers > 0);
  const needed = deployment.current === null ? [] : await workersOf(client, deployment.current);
  const missing = needed
    .filter(({ workers }) => workers > 0)
    .filter(({ queue, kind }) => !served.some((one) => one.queue === queue && one.kind === kind));
  const without = missing.map(({ queue, kind }) => `${kind} of ${queue}`);
  if (served.length === 0) without.push('anything');
  if (without.length === 0) return;
  throw new StarterFailure(
    'wouldStrand',
    `${build} has no worker for ${without.join(', ')}: builds would wait there for ever. Start its workers first; --force does it all the same`,
  );
}

/** The server's own check, and its answer to a change that somebody else has made meanwhile. */
async function refusable(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!hasGrpcStatus(error, 'failedPrecondition')) throw error;
    throw new StarterFailure('wouldStrand', `Temporal refuses: ${error.details}`, { cause: error });
  }
}

function who(): string {
  return `${userInfo().username}, copr-backend deploy`;
}
