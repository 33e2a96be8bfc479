import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { isOpenStatus } from '../adapters/temporal/open-workflows.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import { pruneWorkflowId } from '../contracts/names/ids.js';
import type { PruneInput } from '../contracts/inputs.js';
import { pauseSignal } from '../contracts/messages.js';
import type { PrunePlanFile, PruneStatus } from '../contracts/prune/prune.js';
import { WORKFLOW_QUEUE } from '../contracts/task-queues.js';
import type { OpenClient } from './connect.js';
import { CommandError, EXIT_STATUS, type ExitStatus } from '../cli/exit-status.js';

const LOOK_MS = 1000;
const QUERY_DEADLINE_MS = 8000;
/**
 * Packages of one directory that leave its metadata at once. The metadata is made once for each such request; a pause
 * waits for one to end.
 */
const STEP_LINES = 1000;

/** Starts the run of a plan; one that is under way stays as it is, and the command ends. */
export async function startPruning(
  { client }: OpenClient,
  run: { readonly plan: PrunePlanFile; readonly storage: string; readonly parallel: number },
): Promise<void> {
  const { plan, storage, parallel } = run;
  const input: PruneInput = {
    ...{ plan, storage, parallel, stepLines: STEP_LINES },
    ...{ durations: DEFAULT_DURATIONS, carried: null },
  };
  try {
    await startWorkflow(client, 'pruneResults', {
      workflowId: pruneWorkflowId(storage),
      taskQueue: WORKFLOW_QUEUE,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      input,
      staticSummary: `prunes ${plan.count} packages and directories, wanted by ${userInfo().username}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const message = 'a plan is being carried out already: copr-prune-results --status shows it, --cancel ends it';
    throw new CommandError(EXIT_STATUS.failed, message, { cause: error });
  }
}

/** Pauses (`by` whom), lets go on, or ends the run after the directories under way. */
export async function steerPruning(
  { client }: OpenClient,
  storage: string,
  what: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const handle = client.workflow.getHandle(pruneWorkflowId(storage));
  try {
    if (what === 'cancel') await handle.cancel();
    else await handle.signal(pauseSignal, { by: what === 'pause' ? userInfo().username : null });
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? nothingRuns(error) : error;
  }
}

/** How far the run is, or how the last one ended. */
export async function askPruning({ client }: OpenClient, storage: string): Promise<PruneStatus> {
  const handle = client.workflow.getHandle(pruneWorkflowId(storage));
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<PruneStatus>('status'));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw nothingRuns(error);
    const message =
      'the run does not answer: is a worker running (worker poller, build, action or all)? It goes on then';
    throw new CommandError(EXIT_STATUS.failed, message, { cause: error });
  }
}

/** Says whenever something moved, until the run has ended. Workers may come and go meanwhile. */
export async function followPruning(
  open: OpenClient,
  storage: string,
  say: (status: PruneStatus) => void,
): Promise<ExitStatus> {
  const handle = open.client.workflow.getHandle(pruneWorkflowId(storage));
  let last = '';
  for (;;) {
    const status = await askPruning(open, storage).catch((error: unknown) => {
      if (error instanceof CommandError && error.exitStatus === EXIT_STATUS.failed) return null;
      throw error;
    });
    const line = status === null ? '' : pruneLine(status);
    if (status !== null && line !== last) say(status);
    last = line;
    if (status?.outcome != null) return status.outcome.result === 'succeeded' ? EXIT_STATUS.ok : EXIT_STATUS.failed;
    const { status: execution } = await handle.describe();
    if (!isOpenStatus(execution.name) && !['CONTINUED_AS_NEW', 'COMPLETED'].includes(execution.name))
      throw new CommandError(
        EXIT_STATUS.failed,
        `the run ended before its plan was carried out: ${execution.name.toLowerCase()}`,
      );
    await sleep(LOOK_MS);
  }
}

/** One line about a run. */
export function pruneLine(status: PruneStatus): string {
  const { plan, gone, kept, failed, troubleCount } = status;
  const parts = [`${gone} of ${plan.count} gone`];
  if (kept > 0) parts.push(`${kept} stay, for the plan does not hold for them any more`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (status.outcome !== null && status.outcome.finished > 0)
    parts.push(`${status.outcome.finished} chroots finally pruned`);
  if (troubleCount > 0) parts.push(`${troubleCount} directories with trouble`);
  const by = status.pausedBy === null ? '' : ` (by ${status.pausedBy})`;
  return `${status.outcome?.result ?? status.stage}${by}: ${parts.join('; ')}`;
}

function nothingRuns(cause: Error): CommandError {
  return new CommandError(EXIT_STATUS.noSuchTask, 'nothing is being pruned', { cause });
}
