import pMap from 'p-map';
import type { TicketState } from '../../ports/build/builder-pool.js';
import type { OpenTickets } from '../../ports/maintenance/tickets.js';
import type { Resalloc } from './builder-pool.js';

/** Ids in a row that Resalloc does not know before the highest one is found. */
const GAP = 50;
const AT_ONCE = 8;
/** Enough where somebody looks every day. */
const LOOK_BACK = 1000;

/**
 * The open tickets of a Resalloc that has no call to list them (docs/neighbours/resalloc.md#calls): it is asked for each
 * id, from `lookBack` below the lowest one known to the highest one that it knows. Without any known id the highest one is
 * found first: ids count up, and a closed ticket stays known, so that a server of millions is asked some thousand times.
 */
export function createOpenTickets(deps: {
  readonly resalloc: Pick<Resalloc, 'collect'>;
  readonly lookBack?: number;
  /** Ids that this host has noted; they show where the ids of today are. */
  readonly noted: () => Promise<readonly number[]>;
}): OpenTickets {
  const { lookBack = LOOK_BACK } = deps;
  const { resalloc } = deps;
  return {
    list: async (near, signal) => {
      const known = [...near, ...(await deps.noted())].filter((ticket) => ticket > 0);
      const lowest = known.length === 0 ? await highestId(resalloc, signal) : Math.min(...known);
      const first = Math.max(1, lowest - lookBack);
      const last = Math.max(first, ...known);
      const open: number[] = [];
      let unknown = 0;
      for (let id = first; unknown < GAP || id <= last; id += GAP) {
        for (const [index, { state }] of (await statesFrom(id, resalloc, signal)).entries()) {
          unknown = state === 'vanished' ? unknown + 1 : 0;
          if (state !== 'vanished' && state !== 'closed') open.push(id + index);
        }
      }
      return open;
    },
  };
}

/** Near the highest id that Resalloc knows: less than `GAP` below it. 0: it knows none. */
async function highestId(resalloc: Pick<Resalloc, 'collect'>, signal: AbortSignal): Promise<number> {
  const isKnown = async (id: number): Promise<boolean> =>
    (await statesFrom(id, resalloc, signal)).some(({ state }) => state !== 'vanished');
  let known = 0;
  let beyond = 1;
  for (; await isKnown(beyond); beyond *= 2) known = beyond;
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    if (await isKnown(middle)) known = middle;
    else beyond = middle;
  }
  return known;
}

/** The states of `GAP` ids in a row. */
function statesFrom(
  first: number,
  resalloc: Pick<Resalloc, 'collect'>,
  signal: AbortSignal,
): Promise<readonly TicketState[]> {
  signal.throwIfAborted();
  const ids = Array.from({ length: GAP }, (_none, index) => first + index);
  return pMap(ids, (ticket) => resalloc.collect(ticket), { concurrency: AT_ONCE });
}
