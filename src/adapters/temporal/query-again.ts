import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';
import { ASK_AGAIN } from '../../contracts/messages.js';
import { doubling, withBackoff } from '../../backoff/with-backoff.js';

/** Pauses before a query is repeated: meanwhile the server hands out the task that the query came ahead of. */
const PAUSES = doubling({ firstMs: 50, longestMs: 1600 });
/** After this many more refusals the query fails: some three seconds. */
const MORE_TRIES = 6;

/** Repeats a query that a worker could not answer at that moment (src/workflows/ahead-of-task.ts). For every client. */
export const queryAgain: WorkflowClientInterceptor = {
  query: (input, next) =>
    withBackoff(() => next(input), {
      pauses: PAUSES,
      // The client reports every query that a worker refuses as one with an unknown name.
      goesOn: (error, { failures }) =>
        failures <= MORE_TRIES && error instanceof QueryNotRegisteredError && error.message.includes(ASK_AGAIN),
    }),
};
