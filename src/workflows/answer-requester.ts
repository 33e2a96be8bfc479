import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import type { WaitReason } from '../contracts/build/build.js';
import { requestAnsweredSignal, requestDelayedSignal, type Requester } from '../contracts/messages.js';

/**
 * Maximum number of answers in flight. The server fails, again and again, each workflow task that has more than 2,000
 * of them (`limit.numPendingSignals.error`).
 */
export const ANSWERS_AT_ONCE = 200;

/** The answering side of a request: tells the run that asked, and only that run, how it ended (null: done). */
export async function answerRequester(
  request: Requester,
  failure: FailureFact | null,
  notes: readonly string[] = [],
): Promise<void> {
  try {
    const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
    await requester.signal(requestAnsweredSignal, {
      ...{ requestId: request.requestId, failure },
      ...(notes.length === 0 ? {} : { notes }),
    });
  } catch {
    // The run that asked is over (terminated, or canceled meanwhile): nobody waits for this answer.
  }
}

/** Tells the run that asked that its answer is delayed, and why. */
export async function delayRequester(request: Requester, waitingFor: WaitReason): Promise<void> {
  try {
    const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
    await requester.signal(requestDelayedSignal, { requestId: request.requestId, waitingFor });
  } catch {
    // The run that asked is over: nobody waits.
  }
}
