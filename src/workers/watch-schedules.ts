import type { Client } from '@temporalio/client';
import { listPeriodicWork } from '../adapters/temporal/periodic-rounds.js';
import type { PeriodicWorkState, Round } from '../ports/maintenance/periodic-work.js';
import { everyMinute } from './every-minute.js';

const LOOK_MS = 30_000;
/** As many rounds as Temporal knows of a Schedule. */
const ROUNDS = 10;
/** Ended rounds that are remembered, so that each is asked for once. */
const REMEMBERED = 1000;

/**
 * Looks every minute at the Schedules and what came of their rounds, for the metrics. A failed look is repeated a
 * minute later. Returns a function that ends this, after the look under way.
 */
export function watchSchedules(deps: {
  readonly client: Client;
  readonly seen: (states: readonly PeriodicWorkState[]) => void;
  readonly log: { readonly warn: (fields: object, text: string) => void };
}): () => Promise<void> {
  const { client, seen, log } = deps;
  const ended = new Map<string, Round>();
  let isBlind = false;
  return everyMinute(look);

  async function look(ending: AbortSignal): Promise<void> {
    try {
      const list = (): Promise<readonly PeriodicWorkState[]> => listPeriodicWork(client, { most: ROUNDS, ended });
      seen(await client.withDeadline(Date.now() + LOOK_MS, list));
      isBlind = false;
      if (ended.size > REMEMBERED) ended.clear();
    } catch (err) {
      // Logged once, until it works again.
      if (!isBlind && !ending.aborted) log.warn({ err }, 'cannot look at the Schedules; trying again every minute');
      isBlind = true;
    }
  }
}
