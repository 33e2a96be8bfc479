import { setHandler, type QueryDefinition, type SignalDefinition } from '@temporalio/workflow';
import { pauseSignal } from '../contracts/messages.js';
import type { EventBudget } from '../domain/event-budget.js';

/** Installs one handler and has its signals counted in the budget. */
export type Handler = (budget: EventBudget) => void;

/** Handles a signal. `receive` changes the workflow's state and waits for nothing. */
export function onSignal<A extends unknown[]>(signal: SignalDefinition<A>, receive: (...args: A) => void): Handler {
  return (budget) => {
    setHandler(signal, (...args: A) => {
      budget.spend('signal');
      receive(...args);
    });
  };
}

/** Handles a wish to pause, with who wants it, or to go on (null). */
export function onPause(pause: (by: string | null) => void, show: () => void): Handler {
  return onSignal(pauseSignal, ({ by }) => {
    pause(by);
    show();
  });
}

/** Answers a query. `read` changes nothing. */
export function onQuery<R>(query: QueryDefinition<R>, read: () => R): Handler {
  return () => {
    setHandler(query, read);
  };
}

/** Every signal and query that a long-lived workflow handles, in one list at the top of its function. */
export function handle(budget: EventBudget, handlers: readonly Handler[]): void {
  for (const handler of handlers) handler(budget);
}
