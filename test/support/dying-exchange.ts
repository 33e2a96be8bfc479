import { refusal, type PulpAnswer, type PulpCall, type PulpExchange } from '../../src/adapters/pulp/exchange.js';

export type DyingExchange = PulpExchange & {
  readonly isDead: () => boolean;
  /** Resolves once Pulp has answered everything that was sent. */
  readonly settled: () => Promise<void>;
};

/**
 * Pulp as a process sees it that dies with its request number `changes` that changes something: Pulp carries it out, and
 * nobody sees the answer, nor anything later.
 */
export function dyingExchange(exchange: PulpExchange, changes: number): DyingExchange {
  const underWay = new Set<Promise<unknown>>();
  let left = changes;
  async function ask(call: PulpCall): Promise<PulpAnswer> {
    if (left <= 0) throw new Error('the process is dead');
    if (call.method !== 'GET') left -= 1;
    const isLast = left === 0;
    const answer = exchange.ask(call);
    underWay.add(answer);
    const said = await answer.finally(() => underWay.delete(answer));
    if (isLast || left <= 0) throw new Error('the process is dead');
    return said;
  }
  return {
    ask,
    get: async (call) => {
      const answer = await ask(call);
      if (answer.status < 300) return answer;
      throw refusal(`${call.method} ${call.to}`, answer);
    },
    close: () => undefined,
    isDead: () => left <= 0,
    settled: async () => {
      await Promise.allSettled(underWay);
    },
  };
}
