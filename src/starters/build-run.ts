import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { BuildInput } from '../contracts/inputs.js';
import { taskStart } from '../contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import { searchAttributes } from '../contracts/search-attributes.js';
import { parseTaskId } from '../domain/build/build-directory.js';
import type { OpenClient } from './connect.js';
import type { Settings } from './settings.js';
import { StarterFailure } from './starter-failure.js';
import { findUnlisted } from './unlisted-task.js';

/**
 * Starts a build by hand, outside the queue and its limits; an ended one is repeated, a running one continues. Throws
 * StarterFailure `notFound` if the frontend has no record of it.
 */
export async function startBuild({ client }: OpenClient, settings: Settings, taskId: string): Promise<void> {
  const { workflowId, memo } = taskStart('builds', taskId);
  const owner = await ownerOf(settings, taskId);
  const { buildId, chroot } = parseTaskId(taskId) ?? { buildId: taskId, chroot: '' };
  const input: BuildInput = { taskId, storage: settings.storage, durations: DEFAULT_DURATIONS };
  await startWorkflow(client, 'build', {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    input,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    ...(memo === undefined ? {} : { memo }),
    typedSearchAttributes: searchAttributes({ owner, buildId: String(buildId), chroot, stage: 'waiting' }),
    staticSummary: `build ${taskId} of ${owner}, by hand`,
  });
}

async function ownerOf(settings: Settings, taskId: string): Promise<string> {
  const answer = await findUnlisted(settings, { kind: 'build', task: taskId });
  if (answer?.state === 'known') return answer.record.owner;
  if (answer?.state === 'unreadable') throw new Error(`the frontend does not say what ${taskId} is: ${answer.why}`);
  throw new StarterFailure('notFound', `${taskId} is unknown to the frontend: it has no record of such a build`);
}
