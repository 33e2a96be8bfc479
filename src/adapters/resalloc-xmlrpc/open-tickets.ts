import pMap from 'p-map';
import type { OpenTickets } from '../../ports/maintenance/tickets.js';
import type { Resalloc } from './builder-pool.js';

/** Ids in a row that Resalloc does not know before the highest one is found. */
const GAP = 50;
const AT_ONCE = 8;
/** Enough where somebody looks every day. */
const LOOK_BACK = 1000;

/**
 * The open tickets of a Resalloc that has no call to list them (docs/neighbours/resalloc.md#calls): it is asked for each
 * id, from `lookBack` below the lowest one known to the highest one that it knows. Without any known id it is asked from
 * the first one on.
 */
export function createOpenTickets(deps: {
  readonly resalloc: Pick<Resalloc, 'collect'>;
  readonly lookBack?: number;
  /** Ids that this host has noted; they show where the ids of today are. */
  readonly noted: () => Promise<readonly number[]>;
}): OpenTickets {
  const { lookBack = LOOK_BACK } = deps;
  return {
    list: async (near, signal) => {
      const known = [...near, ...(await deps.noted())].filter((ticket) => ticket > 0);
      const first = known.length === 0 ? 1 : Math.max(1, Math.min(...known) - lookBack);
      const last = Math.max(first, ...known);
      const open: number[] = [];
      let unknown = 0;
      for (let id = first; unknown < GAP || id <= last;) {
        signal.throwIfAborted();
        const ids = Array.from({ length: GAP }, (_none, index) => id + index);
        const states = await pMap(ids, (ticket) => deps.resalloc.collect(ticket), { concurrency: AT_ONCE });
        for (const [index, { state }] of states.entries()) {
          unknown = state === 'vanished' ? unknown + 1 : 0;
          if (state !== 'vanished' && state !== 'closed') open.push(id + index);
        }
        id += GAP;
      }
      return open;
    },
  };
}
