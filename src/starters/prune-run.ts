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
import { STEP_LINES, type PrunePlanFile, type PruneStatus } from '../contracts/prune/prune.js';
import { WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import type { OpenClient } from './connect.js';
import { findPlanningRound, type PlanningRound } from './planning-round.js';
import { StarterFailure } from './starter-failure.js';

const LOOK_MS = 1000;
const QUERY_DEADLINE_MS = 8000;

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

/** Pauses (`by` whom) or resumes the run after the directories under way. Throws StarterFailure `notFound`. */
export async function steerPruning(open: OpenClient, storage: string, what: 'pause' | 'resume'): Promise<void> {
  const handle = open.client.workflow.getHandle(pruneWorkflowId(storage));
  try {
    await handle.signal(pauseSignal, { by: what === 'pause' ? userInfo().username : null });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const round = await findPlanningRound(open, storage);
    if (round === null) throw nothingRuns(error);
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
  if (miss !== undefined && misses.length === ids.length) throw nothingRuns(miss);
}

/** The run under way, or the round that is planning, or the end of the last run. Throws as `askPruning`. */
export async function lookAtPruning(open: OpenClient, storage: string): Promise<PruneStatus | PlanningRound> {
  const round = await findPlanningRound(open, storage);
  if (round === null || (await isRunning(open, storage))) return askPruning(open, storage);
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

/** The progress of the run, or the end of the last one. Throws StarterFailure: `notFound`, `noAnswer`. */
export async function askPruning({ client }: OpenClient, storage: string): Promise<PruneStatus> {
  const handle = client.workflow.getHandle(pruneWorkflowId(storage));
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<PruneStatus>('status'));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw nothingRuns(error);
    const message =
      'the run does not answer: is a worker running (worker poller, build, action or all)? It goes on then';
    throw new StarterFailure('noAnswer', message, { cause: error });
  }
}

/**
 * Queries the run every second until it has ended, and returns the last status; `heard` gets every status. Workers may
 * come and go meanwhile. Throws StarterFailure `endedEarly` for a run that ended before its plan was carried out.
 */
export async function followPruning(
  open: OpenClient,
  storage: string,
  heard: (status: PruneStatus) => void,
): Promise<NonNullable<PruneStatus['outcome']>> {
  const handle = open.client.workflow.getHandle(pruneWorkflowId(storage));
  for (;;) {
    const status = await askPruning(open, storage).catch((error: unknown) => {
      if (error instanceof StarterFailure && error.reason === 'noAnswer') return null;
      throw error;
    });
    if (status !== null) heard(status);
    if (status?.outcome != null) return status.outcome;
    const { status: execution } = await handle.describe();
    if (!isOpenStatus(execution.name) && !['CONTINUED_AS_NEW', 'COMPLETED'].includes(execution.name))
      throw new StarterFailure(
        'endedEarly',
        `the run ended before its plan was carried out: ${execution.name.toLowerCase()}`,
      );
    await sleep(LOOK_MS);
  }
}

function alreadyRuns(cause?: Error): StarterFailure {
  const message = 'a plan is being carried out already: copr-prune-results --status shows it, --cancel ends it';
  return new StarterFailure('alreadyRunning', message, { cause });
}

function nothingRuns(cause: Error): StarterFailure {
  return new StarterFailure('notFound', 'nothing is being pruned', { cause });
}
