import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import pMap from 'p-map';
import { deploymentChangedSignal } from '../../contracts/messages.js';
import { BUILD_ID, DEPLOYMENT_NAME } from '../../contracts/names/deployment.js';
import { MOVING_TYPES, WORKFLOW_TYPES, type WorkflowType } from '../../contracts/workflows.js';
import { IS_OPEN } from './open-workflows.js';

const PARALLEL = 8;
/** Workflows that one call signals; those left over are found by the next. */
const MAX_SIGNALLED = 2000;

const OF_DEPLOYMENT = `TemporalWorkerDeployment = "${DEPLOYMENT_NAME}"`;
const MOVE = `WorkflowType IN (${MOVING_TYPES.map((type) => `"${type}"`).join(', ')})`;

/** Open workflows that a build of the workers has, by type; types with none are left out. */
export async function countOpenOn(client: Client, build: string): Promise<Partial<Record<WorkflowType, number>>> {
  const found = await pMap(
    WORKFLOW_TYPES,
    async (type) => {
      const query = `${IS_OPEN} AND ${isOn(build)} AND WorkflowType = "${type}"`;
      return [type, (await client.workflow.count(query)).count] as const;
    },
    { concurrency: PARALLEL },
  );
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

/** Which builds' workflows: those of one, or those of all but these. */
export type OnBuilds = { readonly only: string } | { readonly except: readonly string[] };

/**
 * Tells open workflows that outlive a version to go on where the deployment says. Returns how many were told. One that
 * has ended meanwhile is passed over.
 */
export async function tellDeploymentChanged(client: Client, on: OnBuilds): Promise<number> {
  const which = 'only' in on ? [isOn(on.only)] : on.except.map((build) => `NOT (${isOn(build)})`);
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({
    query: [IS_OPEN, OF_DEPLOYMENT, MOVE, ...which].join(' AND '),
  })) {
    ids.push(workflowId);
    if (ids.length >= MAX_SIGNALLED) break;
  }
  const told = await pMap(ids, (workflowId) => tell(client, workflowId), { concurrency: PARALLEL });
  return told.filter((isTold) => isTold).length;
}

/** The search attribute names a version as `DEPLOYMENT:BUILD`. Throws if that would be something else than a name. */
function isOn(build: string): string {
  if (!BUILD_ID.test(build)) throw new Error(`${JSON.stringify(build)} is not a build id`);
  return `TemporalWorkerDeploymentVersion = "${DEPLOYMENT_NAME}:${build}"`;
}

async function tell(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(deploymentChangedSignal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
