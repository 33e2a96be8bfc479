import type { ActionStatus } from '../contracts/action/action.js';
import { parseWorkflowId, projectWorkflowId, repositoryWorkflowId } from '../contracts/names/ids.js';
import { locksQuery, type TaskStatus } from '../contracts/messages.js';
import type { OpenClient } from './connect.js';
import { pendingActivities } from './pending-activities.js';
import type { TaskReport, WaitsOn } from './task-report.js';

const DEADLINE_MS = 4000;

/**
 * Adds what the workflows that a task waits for are doing: an activity that keeps failing, or the holder of the lock.
 * The task itself does not know. A missing answer is not an error.
 */
export async function withWaitsOn(open: OpenClient, report: TaskReport): Promise<TaskReport> {
  const ids = report.status === null || report.closedAt !== null ? [] : waitedFor(report.status);
  const reasons = await Promise.all(ids.map((id) => reasonsOf(open, id, report.workflowId).catch(() => [])));
  return { ...report, waitsOn: reasons.flat() };
}

/** Ids of workflows. */
function waitedFor(status: TaskStatus): readonly string[] {
  if (isAction(status)) return status.waitingFor?.on ?? [];
  const { owner, project, resultPath } = status;
  if (status.waitingFor === null || owner === null || project === null || resultPath === null) return [];
  const [, dirname = '', chroot = ''] = resultPath.split('/');
  const repository = repositoryWorkflowId({ owner, dirname, chroot });
  const key = projectWorkflowId({ owner, project });
  if (status.waitingFor.reason === 'signing key') return [key];
  // Pulp is what the repository waits for.
  if (!['repository', 'Pulp'].includes(status.waitingFor.reason)) return [];
  return status.stage === 'waitingForRepository' ? [repository, key] : [repository];
}

async function reasonsOf(open: OpenClient, workflowId: string, asking: string): Promise<readonly WaitsOn[]> {
  return open.client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const handle = open.client.workflow.getHandle(workflowId);
    const description = await handle.describe();
    const failing = pendingActivities(description)
      .filter(({ lastFailure }) => lastFailure !== null)
      .map((activity) => ({ kind: 'failing', workflowId, activity }) as const);
    if (parseWorkflowId(workflowId)?.kind !== 'project') return failing;
    const { locks } = await handle.query(locksQuery);
    const others = locks.filter((lock) => lock.workflowId !== asking);
    return [...failing, ...others.map((lock) => ({ kind: 'locked', workflowId, lock }) as const)];
  });
}

function isAction(status: TaskStatus): status is ActionStatus {
  return status.kind === 'action';
}
