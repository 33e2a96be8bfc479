import assert from 'node:assert/strict';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { failureActor, isFailureCode } from '../../src/contracts/failures/failure-codes.js';
import { taskStatusQuery, type TaskStatus } from '../../src/contracts/messages.js';

/** Bytes that the failure of a workflow may have in the history of a caller that waits for it. */
const MAX_FAILURE = 1024;

/**
 * How a build or an action ended, as its status shows it; a canceled one has no other outcome than that. One that
 * failed ends its workflow as Failed: with a code as its type, benign if a user must act on it, and small.
 */
export async function outcomeOf<O extends NonNullable<TaskStatus['outcome']>>(
  handle: Pick<WorkflowHandle, 'result' | 'query'>,
): Promise<O | 'canceled'> {
  const end: unknown = await handle.result().then(
    () => null,
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  if (end instanceof CancelledFailure) return 'canceled';
  if (end !== null) assertSmallFailure(end);
  const { outcome } = await handle.query(taskStatusQuery);
  assert.ok(outcome !== null);
  assert.equal(outcome.result === 'failed', end !== null, 'Failed where it failed');
  return outcome as O;
}

function assertSmallFailure(end: unknown): void {
  assert.ok(end instanceof ApplicationFailure, String(end));
  const { type, category, failure } = end;
  assert.ok(isFailureCode(type), `${type}: ${end.message}`);
  assert.equal(category === ApplicationFailureCategory.BENIGN, failureActor(type) === 'user', type);
  assert.ok(Buffer.byteLength(JSON.stringify(failure)) < MAX_FAILURE, end.message);
}
