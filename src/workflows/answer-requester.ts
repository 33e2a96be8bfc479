import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import { requestAnsweredSignal, type Requester } from '../contracts/messages.js';

/** The answering side of a request: tells the run that asked, and only that run, how it ended (null: done). */
export async function answerRequester(request: Requester, failure: FailureFact | null): Promise<void> {
  try {
    const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
    await requester.signal(requestAnsweredSignal, { requestId: request.requestId, failure });
  } catch {
    // The run that asked is over (terminated, or canceled meanwhile): nobody waits for this answer.
  }
}
