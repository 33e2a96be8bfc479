import { pause } from '../../../backoff/pause.js';
import type { BuilderPool } from '../../../ports/build/builder-pool.js';
import type { OpenTickets, TicketUse } from '../../../ports/maintenance/tickets.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { Checker } from './checker.js';

/** A build learns the id of its ticket within this time. */
const BETWEEN_MS = 10_000;

/**
 * Resalloc tickets and builds: an open ticket must belong to a build that has not ended. Closing one is right only
 * where no other installation shares the Resalloc server: the looks know the builds of this one.
 */
export function ticketChecker(deps: {
  readonly resalloc: OpenTickets;
  readonly use: TicketUse;
  readonly pool: Pick<BuilderPool, 'close'>;
  readonly pauseMs?: number;
}): Checker {
  const { resalloc, use, pool } = deps;
  return {
    name: 'tickets',
    look: async ({ signal }) => {
      const before = await use.look();
      const open = await resalloc.list([...before.used], signal);
      await pause(deps.pauseMs ?? BETWEEN_MS, signal);
      signal.throwIfAborted();
      // Read after the list: whatever is in it was taken before, and its build knows it by now.
      const after = await use.look();
      const silent = [...after.silent, ...after.taking];
      if (silent.length > 0)
        throw new PortFailure(
          'TemporalUnavailable',
          `the tickets of ${silent.length} builds are not known, ${silent[0] ?? ''} among them`,
        );
      const unused = open.filter((ticket) => !before.used.has(ticket) && !after.used.has(ticket));
      const needed = await use.neededOf(unused);
      const findings = unused
        .filter((ticket) => !needed.has(ticket))
        .map((ticket) => ({
          key: String(ticket),
          text: `ticket ${ticket} is open at Resalloc, and no build has it`,
          remedy: `resalloc ticket-close ${ticket}`,
        }));
      return { findings, looked: open.length, covers: () => true, next: null };
    },
    fix: ({ key }) => pool.close(Number(key)),
  };
}
