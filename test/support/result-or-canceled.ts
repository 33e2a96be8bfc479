import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';

/** What a workflow returned; throws if it failed. */
export async function resultOrCanceled<R>(handle: { readonly result: () => Promise<R> }): Promise<R | 'canceled'> {
  try {
    return await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure) return 'canceled';
    throw error;
  }
}
