import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { AdmissionStatus } from '../../src/contracts/dispatch/dispatch.js';
import type { ProjectStatus } from '../../src/contracts/messages.js';
import type { RepositoryStatus } from '../../src/contracts/repository/repository.js';
import { pendingActivities } from '../../src/starters/pending-activities.js';
import { openWorkflows, type OpenWorkflow } from './questions.js';

/** Types that stay open when there is nothing to do. */
const MAY_STAY = ['buildDispatcher', 'actionDispatcher', 'emptyTrash', 'repository', 'project'];
/** Types that have ended when everything is done; the calm lasts until none is open. */
export const MUST_END = ['build', 'action', 'repositoryRequest', 'resign', 'maintenance', 'pruneAll', 'pruneResults'];
/** A workflow task that has failed this often fails for ever. */
const FAILING_ATTEMPTS = 3;
const PATIENCE_MS = 15_000;
const TRIES = 3;
/** A dispatcher whose last successful poll is older does not poll. */
const POLL_MS = 150_000;

/** Workflows that are open but should not be, or that make no progress, one line each with the reason. */
export async function findStuck(client: Client): Promise<readonly string[]> {
  const stuck: string[] = [];
  for (const workflow of await openWorkflows(client)) {
    const why = await whyStuck(client, workflow).catch((error: unknown) => `cannot be looked at: ${String(error)}`);
    if (why !== null) stuck.push(`${workflow.workflowId} (${workflow.type}): ${why}`);
  }
  return stuck;
}

async function whyStuck(client: Client, { workflowId, runId, type }: OpenWorkflow): Promise<string | null> {
  const handle = client.workflow.getHandle(workflowId);
  const described = await client.withDeadline(Date.now() + PATIENCE_MS, () => handle.describe());
  if (described.status.name !== 'RUNNING') return null; // it has ended since it was listed
  const attempt = described.raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt >= FAILING_ATTEMPTS) return `its workflow task has failed ${attempt - 1} times`;
  if (!MAY_STAY.includes(type)) return `still open (run ${runId}), ${waitsFor(described)}`;
  const query = queryOf(type);
  if (query === null) return null;
  let reason = '';
  for (let attemptLeft = TRIES; attemptLeft > 0; attemptLeft -= 1) {
    try {
      const answer = await client.withDeadline(Date.now() + PATIENCE_MS, () => handle.query<unknown>(query));
      reason = whyBusy(type, answer) ?? '';
      if (reason === '') return null;
    } catch (error) {
      reason = `does not answer '${query}': ${error instanceof Error ? error.message : String(error)}`;
    }
    await sleep(1000);
  }
  return reason;
}

function waitsFor(described: WorkflowExecutionDescription): string {
  const pending = pendingActivities(described).map(
    ({ activity, attempt, lastFailure }) => `${activity} (attempt ${attempt}, ${lastFailure?.message ?? 'no failure'})`,
  );
  return pending.join(', ') || 'no activity pending';
}

function queryOf(type: string): string | null {
  if (type === 'repository') return 'changes';
  if (type === 'project') return 'locks';
  return type === 'emptyTrash' ? null : 'admission';
}

/** Why a long-lived workflow is busy although everything is done; null: it is not. */
function whyBusy(type: string, answer: unknown): string | null {
  if (type === 'repository') {
    const { waiting, running } = answer as RepositoryStatus;
    return waiting === 0 && running === null ? null : `${waiting} requests wait`;
  }
  if (type === 'project') {
    const { locks, waiting, keysWaiting } = answer as ProjectStatus;
    if (locks.length === 0 && waiting.length === 0 && keysWaiting === 0) return null;
    const holders = locks.map(({ workflowId }) => workflowId).join(', ');
    return `lock: ${holders || 'nobody'}, ${waiting.length} wait for one, ${keysWaiting} for the key`;
  }
  const { running, lastPoll } = answer as AdmissionStatus;
  if (running > 0) return `${running} tasks run in its account`;
  const age = lastPoll === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(lastPoll);
  return age > POLL_MS ? `its last good poll was at ${lastPoll ?? 'no time'}` : null;
}
