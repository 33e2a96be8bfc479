import { PortFailure } from '../../ports/port-failure.js';
import type { PulpExchange } from './exchange.js';

/** Failures in a row after which Pulp counts as unavailable for everybody. */
const FAILURES = 3;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;

type Outage = {
  readonly since: string;
  readonly why: string;
  readonly pauseMs: number;
  /** When the next call may try. */
  readonly until: number;
};

/**
 * The same exchange, which spares a Pulp that is unavailable: after some failures in a row, calls are refused at once
 * with `PulpUnavailable`, which says since when; now and then one of them is let through, to see whether Pulp is back.
 * So any number of repositories that wait cost it one request at a time. `now`: milliseconds of a monotonic clock.
 */
export function withCircuit(exchange: PulpExchange, now: () => number = () => performance.now()): PulpExchange {
  let failures: readonly string[] = [];
  let outage: Outage | null = null;
  let isTrying = false;

  function note(error: unknown): void {
    if (!(error instanceof PortFailure)) return;
    if (error.code !== 'PulpUnavailable') {
      answered();
      return;
    }
    failures = [...failures, new Date().toISOString()].slice(0, FAILURES);
    const [since] = failures;
    if (failures.length < FAILURES || since === undefined) return;
    const pauseMs = outage === null ? FIRST_PAUSE_MS : Math.min(outage.pauseMs * 2, MAX_PAUSE_MS);
    outage = { since, why: error.message, pauseMs, until: now() + pauseMs };
  }

  function answered(): void {
    failures = [];
    outage = null;
  }

  async function pass<T>(call: () => Promise<T>): Promise<T> {
    const isTrial = outage !== null;
    if (outage !== null && (isTrying || now() < outage.until))
      throw new PortFailure('PulpUnavailable', `Pulp is unavailable since ${outage.since}: ${outage.why}`);
    isTrying = isTrial;
    try {
      const result = await call();
      answered();
      return result;
    } catch (error) {
      // Others that were under way say nothing new.
      if (isTrial || outage === null) note(error);
      throw error;
    } finally {
      if (isTrial) isTrying = false;
    }
  }

  return {
    ask: (call) => pass(() => exchange.ask(call)),
    get: (call) => pass(() => exchange.get(call)),
    close: exchange.close,
  };
}
