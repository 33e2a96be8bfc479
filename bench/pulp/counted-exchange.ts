import type { PulpCall, PulpExchange } from '../../src/adapters/pulp/exchange.js';

/**
 * Requests so far; a look at a task that Pulp works on is a poll. `seconds` are of the answers, by kind of request, and
 * `kinds` are the requests in their order.
 */
export type CallCount = {
  calls: number;
  polls: number;
  readonly seconds: Map<string, number>;
  readonly kinds: string[];
};

export type CountedExchange = { readonly exchange: PulpExchange; readonly count: CallCount };

/** The same exchange, whose requests are counted. */
export function countedExchange(of: PulpExchange): CountedExchange {
  const count: CallCount = { calls: 0, polls: 0, seconds: new Map(), kinds: [] };
  const counting =
    <T>(send: (call: PulpCall) => Promise<T>) =>
    async (call: PulpCall): Promise<T> => {
      if (call.method === 'GET' && call.to.includes('/tasks/')) count.polls += 1;
      else count.calls += 1;
      const kind = kindOf(call);
      count.kinds.push(kind);
      const began = performance.now();
      try {
        return await send(call);
      } finally {
        count.seconds.set(kind, (count.seconds.get(kind) ?? 0) + (performance.now() - began) / 1000);
      }
    };
  return { exchange: { ask: counting(of.ask), get: counting(of.get), close: of.close }, count };
}

/** The request without what names one object: `GET content/rpm/packages ?repository_version`. */
function kindOf({ method, to, query }: PulpCall): string {
  const endpoint = to.replace(/^.*\/api\/v3\//, '').replaceAll(/[0-9a-f-]{36}|\b\d+\b/g, '…');
  const [first] = Object.keys(query ?? {});
  return `${method} ${endpoint}${first === undefined ? '' : ` ?${first}`}`;
}
