import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';
import { isGrpcServiceError, QueryNotRegisteredError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { taskStatusQuery, type ProjectStatus, type TaskStatus } from '../contracts/messages.js';
import { hasGrpcStatus } from '../adapters/temporal/grpc-status.js';
import { isOpenStatus } from '../adapters/temporal/open-workflows.js';
import { workflowTaskTrouble } from '../adapters/temporal/workflow-task-trouble.js';
import type { OpenClient } from './connect.js';
import type { FailingReport } from './failing-workflows.js';
import { pendingActivities, type PendingActivity } from './pending-activities.js';
import { StarterFailure } from './starter-failure.js';
import type { TaskReference } from './task-reference.js';

/** Everything known about a task: its own answer, and its activities as seen by Temporal. */
export type TaskReport = {
  readonly task: string;
  readonly workflowId: string;
  /** Temporal's status: RUNNING, PAUSED, COMPLETED, CANCELLED, TERMINATED … */
  readonly execution: WorkflowExecutionStatusName;
  readonly startedAt: string;
  readonly closedAt: string | null;
  /** Null when no worker answers; `silence` says why. */
  readonly status: TaskStatus | null;
  readonly silence: string | null;
  readonly pending: readonly PendingActivity[];
  /** Its own workflow tasks fail, so it makes no progress. */
  readonly failing: FailingReport | null;
  /** The state of the workflows that it waits for, if requested (`withWaitsOn`). */
  readonly waitsOn?: readonly WaitsOn[];
};

/** Why a workflow that a task waits for is not done: an activity of it that keeps failing, or who has its lock. */
export type WaitsOn =
  | { readonly kind: 'failing'; readonly workflowId: string; readonly activity: PendingActivity }
  | { readonly kind: 'locked'; readonly workflowId: string; readonly lock: ProjectStatus['locks'][number] };

const QUERY_DEADLINE_MS = 8000;

/** Asks a task's workflow and Temporal. Throws StarterFailure: `notFound`, `temporalUnreachable`. */
export async function reportTask(open: OpenClient, reference: TaskReference): Promise<TaskReport> {
  const handle = open.client.workflow.getHandle(reference.workflowId);
  const description = await handle.describe().catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError ? noSuchTask(reference) : clientFailure(error);
  });
  const failing = await ownTrouble(open, reference, description);
  // A workflow that was ended within a step never answers.
  const whyRefused = stillOpen(description) ? 'it has not begun yet' : 'it was ended within a step';
  const answer = await queryStatus(open, reference.workflowId, whyRefused);
  return {
    task: reference.task,
    workflowId: reference.workflowId,
    execution: description.status.name,
    startedAt: description.startTime.toISOString(),
    closedAt: description.closeTime?.toISOString() ?? null,
    ...answer,
    ...(failing !== null && answer.status === null ? { silence: 'its workflow tasks fail' } : {}),
    failing,
    pending: stillOpen(description) ? pendingActivities(description) : [],
  };
}

/** The `status` query with a deadline: without a worker it would wait for a long time. */
async function queryStatus(
  open: OpenClient,
  workflowId: string,
  whyRefused: string,
): Promise<Pick<TaskReport, 'status' | 'silence'>> {
  const handle = open.client.workflow.getHandle(workflowId);
  try {
    const deadline = Date.now() + QUERY_DEADLINE_MS;
    const status = await open.client.withDeadline(deadline, () => handle.query(taskStatusQuery));
    return { status, silence: null };
  } catch (error) {
    if (error instanceof QueryNotRegisteredError) return { status: null, silence: whyRefused };
    if (!isGrpcServiceError(error) && !(error instanceof Error && /deadline|query/i.test(error.message))) throw error;
    if (hasGrpcStatus(error, 'unavailable')) throw clientFailure(error);
    return {
      status: null,
      silence: 'no worker answers for it: is `copr-backend worker build` or `worker all` running?',
    };
  }
}

async function ownTrouble(
  open: OpenClient,
  { kind, workflowId }: TaskReference,
  description: WorkflowExecutionDescription,
): Promise<FailingReport | null> {
  if (!stillOpen(description)) return null;
  const trouble = await workflowTaskTrouble(open.client, description.raw);
  const workflow = { workflowId, runId: description.runId, type: kind };
  return trouble === null ? null : { workflow, namespace: open.namespace, trouble };
}

function stillOpen(description: WorkflowExecutionDescription): boolean {
  return isOpenStatus(description.status.name);
}

function noSuchTask(reference: TaskReference): StarterFailure {
  const hint = 'it was never started here, or ended longer ago than the namespace keeps';
  return new StarterFailure('notFound', `no ${reference.kind} ${reference.task}: ${hint}`);
}

/** Temporal's refusal of a call. */
export function clientFailure(error: unknown): Error {
  if (hasGrpcStatus(error, 'unavailable')) {
    return new StarterFailure('temporalUnreachable', `Temporal does not answer any more: ${error.details}`, {
      cause: error,
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** True if an operator has paused it at Temporal: it makes no progress until it is resumed. */
export function isPaused(report: TaskReport): boolean {
  return report.execution === 'PAUSED';
}

/** True if it has ended, as far as anybody can know. */
export function hasEnded(report: TaskReport): boolean {
  return !isOpenStatus(report.execution);
}

/** Null while it runs; else whether it ended well. */
export function endedWell(report: TaskReport): boolean | null {
  if (!hasEnded(report)) return null;
  const outcome = report.status?.outcome;
  return outcome == null ? report.execution === 'COMPLETED' : outcome.result === 'succeeded';
}
