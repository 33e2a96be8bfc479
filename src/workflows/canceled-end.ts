import { CancellationScope, CancelledFailure, type WorkflowInterceptors } from '@temporalio/workflow';
import { canceledText } from '../contracts/failures/failure-text.js';
import { wasCanceled } from './was-canceled.js';

/**
 * A workflow that was told to cancel ends canceled, whatever its last activity left behind. The SDK sees to that for
 * failures that are cancellations by themselves; a call that was cut short by the cancel would end the workflow as failed.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        async execute(input, next): Promise<unknown> {
          try {
            return await next(input);
          } catch (error) {
            if (!CancellationScope.current().consideredCancelled || !wasCanceled(error)) throw error;
            throw new CancelledFailure(canceledText());
          }
        },
      },
    ],
  };
}
