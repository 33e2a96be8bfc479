import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';

/** The result of a workflow; throws if it failed. */
export async function resultOrCanceled<R>(handle: { readonly result: () => Promise<R> }): Promise<R | 'canceled'> {
  try {
    return await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure) return 'canceled';
    throw error;
  }
}
