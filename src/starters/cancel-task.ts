import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import { hasGrpcStatus } from '../adapters/temporal/grpc-status.js';
import { cancelReasonSignal } from '../contracts/messages.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';
import type { TaskReference } from './task-reference.js';
import { clientFailure, hasEnded, reportTask } from './task-report.js';

/**
 * Cancels a task with Temporal's workflow cancellation. The history and the task's report contain the name of this user
 * and `reason`. Throws StarterFailure: `notFound`, `alreadyEnded`, `temporalUnreachable`.
 */
export async function cancelTask(
  open: OpenClient,
  reference: TaskReference,
  reason: string | undefined,
): Promise<void> {
  const before = await reportTask(open, reference);
  if (hasEnded(before)) throw alreadyEnded(reference, before.status?.outcome?.result);
  const by = `by ${userInfo().username}`;
  await requestCancel(open, reference, reason === undefined ? by : `${by}: ${reason}`);
}

/** Workflow code does not see the reason of a cancel request, so a signal passes it first. */
async function requestCancel(open: OpenClient, reference: TaskReference, reason: string): Promise<void> {
  try {
    await open.client.workflow.getHandle(reference.workflowId).signal(cancelReasonSignal, { reason });
    await open.client.workflowService.requestCancelWorkflowExecution({
      namespace: open.namespace,
      workflowExecution: { workflowId: reference.workflowId },
      identity: `copr-backend cancel (${userInfo().username})`,
      requestId: crypto.randomUUID(),
      reason,
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw alreadyEnded(reference, undefined);
    if (hasGrpcStatus(error, 'notFound')) throw alreadyEnded(reference, undefined);
    throw clientFailure(error);
  }
}

function alreadyEnded(reference: TaskReference, result: string | undefined): StarterFailure {
  const how = result === undefined ? '' : ` (${result})`;
  return new StarterFailure('alreadyEnded', `${reference.task} has already ended${how}: there is nothing to cancel`);
}
