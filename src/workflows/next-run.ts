import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  makeContinueAsNewFunc,
  type Workflow,
} from '@temporalio/workflow';
import { canceledText } from '../contracts/failures/failure-text.js';

/**
 * Continues as new once no handler is running. `input` is made then, so that it contains every signal received until
 * now. A cancel request that this run has received but not acted on would be lost: the server considers it done, the
 * next run learns nothing of it, and its requester would wait for ever. So such a request ends this run.
 *
 * The next run stays with the version of the workers that has this one, unless it `moves`: the deployment then says
 * which version gets it, and it stays with that one.
 *
 * @throws CancelledFailure when this run was canceled
 */
export async function nextRun<F extends Workflow>(input: () => Parameters<F>[0], moves = false): Promise<never> {
  await condition(allHandlersFinished);
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(canceledText());
  const continueAsNew = makeContinueAsNewFunc<F>(moves ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {});
  return continueAsNew(...([input()] as Parameters<F>));
}
