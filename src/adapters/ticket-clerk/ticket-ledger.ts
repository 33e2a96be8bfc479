import { z } from 'zod';
import type { TicketClaim } from '../../ports/build/builder-pool.js';
import type { TicketNote } from '../../ports/build/ticket-notes.js';
import { Claim } from './exchange.js';

const At = z.number();
const Ticket = z.int().min(0);

/** One line of the notes. Times in ms since 1970. */
export const Entry = z.discriminatedUnion('is', [
  /** takeTicket is about to be called; `above` is the highest id noted by then. */
  z.object({ is: z.literal('asked'), claim: Claim, at: At, above: Ticket }),
  z.object({ is: z.literal('taken'), claim: Claim, at: At, ticket: Ticket }),
  /** Resalloc refused or was not reached, so there is no ticket. */
  z.object({ is: z.literal('refused'), claim: Claim }),
  /** The answer is lost, and perhaps a ticket's id with it. */
  z.object({ is: z.literal('lost'), claim: Claim, at: At }),
  z.object({ is: z.literal('closed'), ticket: Ticket }),
  /** The gap that begins after `above` is resolved. */
  z.object({ is: z.literal('cleared'), above: Ticket }),
  z.object({ is: z.literal('highest'), ticket: Ticket }),
  z.object({ is: z.literal('gap'), above: Ticket, below: Ticket, at: At, isOver: z.boolean() }),
]);
export type Entry = z.infer<typeof Entry>;

/** The range of ids for a ticket whose answer was lost: between `above` and `below`; it grows until it is over. */
export type Gap = { readonly above: number; below: number; at: number; isOver: boolean };

type Asked = { readonly claim: TicketClaim; readonly at: number; readonly above: number };
type Taken = TicketNote & { readonly at: number };

/** By then Resalloc has assigned a ticket to a call that it was still handling when we stopped waiting. */
export const LATE_MS = 10_000;

/** Everything known about the tickets of one host; the same entries give the same ledger. */
export class TicketLedger {
  readonly #asked = new Map<string, Asked>();
  readonly #taken = new Map<string, Taken>();
  readonly #claims = new Map<number, string>();
  #gaps: Gap[] = [];
  #highest = 0;

  /** The highest id ever recorded. */
  get highest(): number {
    return this.#highest;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Calls that were begun and whose outcome is not known. */
  asked(): readonly TicketClaim[] {
    return [...this.#asked.values()].map(({ claim }) => claim);
  }

  /** Tickets that are not known to be closed. */
  taken(): Iterable<Taken> {
    return this.#taken.values();
  }

  ticketOf(claim: TicketClaim): number | null {
    return this.#taken.get(keyOf(claim))?.ticket ?? null;
  }

  isTaken(ticket: number): boolean {
    return this.#claims.has(ticket);
  }

  apply(entry: Entry): void {
    switch (entry.is) {
      case 'asked': {
        // The loss could not be recorded (a full disk); the next call reveals it.
        const before = this.#asked.get(keyOf(entry.claim));
        if (before !== undefined) this.#lose(before, entry.at);
        this.#asked.set(keyOf(entry.claim), { claim: entry.claim, at: entry.at, above: entry.above });
        return;
      }
      case 'taken':
        this.#take(entry);
        return;
      case 'refused':
        this.#asked.delete(keyOf(entry.claim));
        return;
      case 'lost': {
        const asked = this.#asked.get(keyOf(entry.claim));
        this.#asked.delete(keyOf(entry.claim));
        if (asked !== undefined) this.#lose(asked, entry.at);
        return;
      }
      case 'closed': {
        const key = this.#claims.get(entry.ticket);
        this.#claims.delete(entry.ticket);
        if (key !== undefined) this.#taken.delete(key);
        return;
      }
      case 'cleared':
        this.#gaps = this.#gaps.filter(({ above, isOver }) => above !== entry.above || !isOver);
        return;
      case 'highest':
        this.#highest = Math.max(this.#highest, entry.ticket);
        return;
      case 'gap':
        this.#gaps.push({ above: entry.above, below: entry.below, at: entry.at, isOver: entry.isOver });
    }
  }

  /** The shortest notes with the same meaning. */
  entries(): readonly Entry[] {
    return [
      { is: 'highest', ticket: this.#highest },
      ...this.#gaps.map((gap): Entry => ({ is: 'gap', ...gap })),
      ...[...this.#taken.values()].map((taken): Entry => ({ is: 'taken', ...taken })),
      ...[...this.#asked.values()].map((asked): Entry => ({ is: 'asked', ...asked })),
    ];
  }

  #take({ claim, ticket, at }: Taken): void {
    const key = keyOf(claim);
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    this.#taken.set(key, { claim, ticket, at });
    this.#claims.set(ticket, key);
    // Ids ascend. One that does not comes from a server whose database was reset, so no old ticket exists any more.
    if (asked !== undefined && ticket <= asked.above) {
      this.#gaps = [];
      this.#highest = ticket;
      return;
    }
    this.#highest = Math.max(this.#highest, ticket);
    for (const gap of this.#gaps.filter(({ isOver }) => !isOver)) {
      gap.below = Math.max(gap.below, ticket);
      gap.isOver = asked !== undefined && asked.at > gap.at + LATE_MS;
    }
  }

  /** A loss during an open gap extends it: an outage has many losses, and no ids between them. */
  #lose({ above }: Asked, at: number): void {
    const open = this.#gaps.find(({ isOver }) => !isOver);
    if (open === undefined) this.#gaps.push({ above, below: this.#highest, at, isOver: false });
    else open.at = Math.max(open.at, at);
  }
}

function keyOf({ workflowId, runId, activityId }: TicketClaim): string {
  return `${workflowId}\n${runId}\n${activityId}`;
}
