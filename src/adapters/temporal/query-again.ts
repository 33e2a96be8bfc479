import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';
import { ASK_AGAIN } from '../../contracts/messages.js';
import { doubling, patiently } from '../../patience/patiently.js';

/** Before a query is asked again: the task that it was ahead of is handed out meanwhile. */
const PAUSES = doubling({ firstMs: 50, longestMs: 1600 });
/** A query that so many more answers refuse in this way is refused: some three seconds. */
const MORE_TRIES = 6;

/** Asks again where a worker could not answer a query at that moment (src/workflows/ahead-of-task.ts). For every client. */
export const queryAgain: WorkflowClientInterceptor = {
  query: (input, next) =>
    patiently(() => next(input), {
      pauses: PAUSES,
      // The client takes every query that a worker refuses for one of an unknown name.
      goesOn: (error, { failures }) =>
        failures <= MORE_TRIES && error instanceof QueryNotRegisteredError && error.message.includes(ASK_AGAIN),
    }),
};
