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
import { pruneStatusQuery } from '../contracts/messages.js';
import { STEP_LINES, type PrunePlanFile, type PruneStatus } from '../contracts/prune/prune.js';
import { WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import type { OpenClient } from './connect.js';
import { findPlanningRound, type PlanningRound } from './planning-round.js';
import { StarterFailure } from './starter-failure.js';
import { askRun, pauseRun, type SteeredRun } from './steered-run.js';

const NOTHING_RUNS = 'nothing is being pruned';

/** Starts the run of a plan; does not affect one under way. Throws StarterFailure `alreadyRunning`. */
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
    throw alreadyRuns(error);
  }
}

/** Pauses or resumes the run after the directories under way. Throws StarterFailure `notFound`. */
export async function pausePruning(open: OpenClient, storage: string, what: 'pause' | 'resume'): Promise<void> {
  try {
    await pauseRun(open, pruneRun(storage), what);
  } catch (error) {
    if (!(error instanceof StarterFailure) || error.reason !== 'notFound') throw error;
    const round = await findPlanningRound(open, storage);
    if (round === null) throw error;
    const message = `nothing is being removed yet: ${round.workflowId} is planning, and can only be canceled`;
    throw new StarterFailure('notFound', message, { cause: error });
  }
}

/**
 * Ends the run after the directories under way, and a round that is planning at once. Throws StarterFailure `notFound`
 * if there is neither.
 */
export async function cancelPruning(open: OpenClient, storage: string): Promise<void> {
  const round = await findPlanningRound(open, storage);
  const ids = [...(round === null ? [] : [round.workflowId]), pruneWorkflowId(storage)];
  const misses: WorkflowNotFoundError[] = [];
  for (const id of ids) {
    await open.client.workflow
      .getHandle(id)
      .cancel()
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        misses.push(error);
      });
  }
  const [miss] = misses;
  if (miss !== undefined && misses.length === ids.length)
    throw new StarterFailure('notFound', NOTHING_RUNS, { cause: miss });
}

/** The run under way, or the round that is planning, or the end of the last run. Throws as `askRun`. */
export async function lookAtPruning(open: OpenClient, storage: string): Promise<PruneStatus | PlanningRound> {
  const round = await findPlanningRound(open, storage);
  if (round === null || (await isRunning(open, storage))) return askRun(open, pruneRun(storage));
  return round;
}

/** Throws StarterFailure `alreadyRunning` if a plan is being carried out: planning would be in vain. */
export async function refuseSecondPlan(open: OpenClient, storage: string): Promise<void> {
  if (await isRunning(open, storage)) throw alreadyRuns();
}

async function isRunning({ client }: OpenClient, storage: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(pruneWorkflowId(storage)).describe();
    return isOpenStatus(status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The run that carries out a plan. */
export function pruneRun(storage: string): SteeredRun<PruneStatus> {
  return {
    ...{ workflowId: pruneWorkflowId(storage), name: 'the pruning', status: pruneStatusQuery },
    nothingRuns: NOTHING_RUNS,
  };
}

function alreadyRuns(cause?: Error): StarterFailure {
  const message = 'a plan is being carried out already: copr-prune-results --status shows it, --cancel ends it';
  return new StarterFailure('alreadyRunning', message, { cause });
}
