import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  type Workflow,
} from '@temporalio/workflow';
import { canceledText } from '../contracts/failures/failure-text.js';

/**
 * Hands over to the next run of this workflow, once no handler is at work. `input` is made then: it has all that was
 * heard until now. A cancel that this run was told of and has not carried out is not handed over: the server takes it
 * for done, the next run hears nothing of it, and whoever asked waits for ever. So it ends this run.
 *
 * @throws CancelledFailure when this run was canceled
 */
export async function nextRun<F extends Workflow>(input: () => Parameters<F>[0]): Promise<never> {
  await condition(allHandlersFinished);
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(canceledText());
  return continueAsNew<F>(...([input()] as Parameters<F>));
}
