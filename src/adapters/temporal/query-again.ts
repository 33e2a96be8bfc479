import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';
import { ASK_AGAIN } from '../../contracts/messages.js';

/** Pauses before a query is repeated, in ms: meanwhile the server hands out the task that the query came ahead of. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1600] as const;

/** Repeats a query that a worker could not answer at that moment (src/workflows/ahead-of-task.ts). For every client. */
export const queryAgain: WorkflowClientInterceptor = {
  async query(input, next) {
    for (const pause of PAUSES_MS) {
      try {
        return await next(input);
      } catch (error) {
        // The client reports every query that a worker refuses as one with an unknown name.
        if (!(error instanceof QueryNotRegisteredError) || !error.message.includes(ASK_AGAIN)) throw error;
        await sleep(pause);
      }
    }
    return next(input);
  },
};
