import type { PulpCall, PulpExchange } from '../../src/adapters/pulp/exchange.js';

/** Requests so far; a look at a task that Pulp works on is a poll. */
export type CallCount = { calls: number; polls: number };

export type CountedExchange = { readonly exchange: PulpExchange; readonly count: CallCount };

/** The same exchange, whose requests are counted. */
export function countedExchange(of: PulpExchange): CountedExchange {
  const count = { calls: 0, polls: 0 };
  const counting =
    <T>(send: (call: PulpCall) => Promise<T>) =>
    (call: PulpCall): Promise<T> => {
      if (call.method === 'GET' && call.to.includes('/tasks/')) count.polls += 1;
      else count.calls += 1;
      return send(call);
    };
  return { exchange: { ask: counting(of.ask), get: counting(of.get), close: of.close }, count };
}
