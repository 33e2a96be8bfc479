import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { BuilderPool } from '../ports/build/builder-pool.js';
import type { SuspectTickets, TicketNote, TicketNotes, TicketOwners } from '../ports/build/ticket-notes.js';

/** Pause between two looks. */
const PAUSE_MS = 30_000;
/** Builds that are asked in parallel. */
const AT_ONCE = 8;

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/**
 * Closes tickets that this host took but that have no owner: their attempt died, and the next one was on another host,
 * or there was none. Looks at once and then every half minute; a failed look is repeated with the next one. Returns a
 * function that ends this, after the look under way.
 */
export function closeUnownedTickets(deps: {
  readonly notes: TicketNotes;
  readonly owners: TicketOwners;
  readonly pool: Pick<BuilderPool, 'close'>;
  /** Called with the tickets that may be open without an owner and whose ids are unknown. */
  readonly seen: (suspects: SuspectTickets) => void;
  readonly log: Log;
  readonly pauseMs?: number;
}): () => Promise<void> {
  const { notes, owners, pool, seen, log } = deps;
  const ending = new AbortController();
  let trouble: string | null = null;
  let named = '';
  const rounds = lookUntilEnded();
  return async () => {
    ending.abort();
    await rounds;
  };

  async function lookUntilEnded(): Promise<void> {
    while (!ending.signal.aborted) {
      await look();
      await sleep(deps.pauseMs ?? PAUSE_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    try {
      const { notes: due, suspects } = await notes.due();
      seen(suspects);
      name(suspects);
      await pMap(due, (note) => (ending.signal.aborted ? null : closeIfUnowned(note)), { concurrency: AT_ONCE });
      say(null);
    } catch (error) {
      say(String(error));
    }
  }

  /** A ticket that cannot be closed does not stop the others. */
  async function closeIfUnowned(note: TicketNote): Promise<void> {
    const { ticket, claim } = note;
    try {
      if ((await owners.ownership(note)) !== 'unowned') return;
      await pool.close(ticket);
      log.info({ ticket, workflowId: claim.workflowId }, 'closed a ticket without an owner');
    } catch (error) {
      log.warn(
        { ticket, workflowId: claim.workflowId, error: String(error) },
        'the owner of this ticket will be asked for again',
      );
    }
  }

  function name({ tickets }: SuspectTickets): void {
    const now = tickets.join(' ');
    if (now === named) return;
    named = now;
    if (tickets.length === 0) log.info({}, 'no ticket is suspected any more');
    else log.warn({ tickets }, 'tickets may be open without an owner: `copr-backend status` says what to do');
  }

  /** Logged once, until it works again. */
  function say(now: string | null): void {
    if (now !== null && trouble === null) log.warn({ error: now }, 'tickets without an owner cannot be looked for');
    trouble = now;
  }
}
