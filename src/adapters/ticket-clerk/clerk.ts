import type { TicketClaim, TicketRequest } from '../../ports/build/builder-pool.js';
import type { TicketNote } from '../../ports/build/ticket-notes.js';
import { TicketMayBeTaken, type Resalloc } from '../resalloc-xmlrpc/builder-pool.js';
import { clerkTrouble } from './clerk-trouble.js';
import type { TicketNotebook } from './ticket-notebook.js';

type Log = { readonly warn: (fields: object, text: string) => void };

/** By then an attempt that got its ticket has passed it on, or is about to end. */
const DUE_MS = 120_000;
/** The owner of a ticket is checked when the ticket is twice as old as at the last check, and at least this often. */
const MAX_PAUSE_MS = 3_600_000;
/** Notes returned at once. */
const MAX_DUE = 200;

/**
 * Takes tickets for the workers of a host. It records that it will ask before it asks, and the ticket before it
 * answers, so that whatever dies meanwhile, the next attempt finds the ticket here. Attempts of one claim share one
 * call.
 */
export class TicketClerk {
  readonly #notebook: TicketNotebook;
  readonly #resalloc: Resalloc;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #calls = new Map<string, Promise<number>>();
  /** Time of the next check for the owner of a ticket. */
  readonly #due = new Map<number, number>();

  constructor(deps: {
    readonly notebook: TicketNotebook;
    readonly resalloc: Resalloc;
    readonly log: Log;
    readonly now?: () => number;
  }) {
    this.#notebook = deps.notebook;
    this.#resalloc = deps.resalloc;
    this.#log = deps.log;
    this.#now = deps.now ?? Date.now;
  }

  /** Calls during which an earlier clerk died: it is not known whether they got a ticket. */
  async begin(): Promise<void> {
    const claims = this.#notebook.ledger.asked();
    if (claims.length > 0) this.#log.warn({ calls: claims.length }, 'the last clerk died while it took tickets');
    await Promise.all(claims.map((claim) => this.#notebook.note({ is: 'lost', claim, at: this.#now() })));
  }

  /** Calls to Resalloc whose outcome is not recorded yet. */
  get underWay(): number {
    return this.#calls.size;
  }

  /** Rejects with PortFailure. */
  async take(claim: TicketClaim, request: TicketRequest): Promise<number> {
    const key = JSON.stringify([claim.workflowId, claim.runId, claim.activityId]);
    const call = this.#calls.get(key);
    if (call !== undefined) return call;
    const noted = this.#notebook.ledger.ticketOf(claim);
    if (noted !== null) return noted;
    const made = this.#take(claim, request).finally(() => this.#calls.delete(key));
    this.#calls.set(key, made);
    return made;
  }

  closed(ticket: number): void {
    this.#due.delete(ticket);
    if (this.#notebook.ledger.isTaken(ticket)) this.#notebook.mention({ is: 'closed', ticket });
  }

  /** Tickets whose owner should be checked; each is due again later. */
  due(): readonly TicketNote[] {
    const now = this.#now();
    const due: TicketNote[] = [];
    for (const { claim, ticket, at } of this.#notebook.ledger.taken()) {
      if (due.length === MAX_DUE) break;
      if (now < (this.#due.get(ticket) ?? at + DUE_MS)) continue;
      this.#due.set(ticket, now + Math.min(Math.max(now - at, DUE_MS), MAX_PAUSE_MS));
      due.push({ claim, ticket });
    }
    return due;
  }

  async #take(claim: TicketClaim, request: TicketRequest): Promise<number> {
    await this.#note({ is: 'asked', claim, at: this.#now(), above: this.#notebook.ledger.highest });
    const ticket = await this.#call(claim, request);
    try {
      await this.#note({ is: 'taken', claim, ticket, at: this.#now() });
    } catch (error) {
      // A ticket that cannot be recorded is given back. If that fails too, the notes show that the call was lost.
      await this.#resalloc.close(ticket).catch((reason: unknown) => {
        this.#log.warn({ ticket, error: String(reason) }, 'a ticket could be neither noted nor closed');
      });
      throw error;
    }
    return ticket;
  }

  async #call(claim: TicketClaim, request: TicketRequest): Promise<number> {
    try {
      return await this.#resalloc.take(request);
    } catch (error) {
      const isLost = error instanceof TicketMayBeTaken;
      const note = isLost ? ({ is: 'lost', claim, at: this.#now() } as const) : ({ is: 'refused', claim } as const);
      // The next call of this claim, or the next clerk, treats the open note as a loss.
      await this.#note(note).catch((reason: unknown) => {
        this.#log.warn({ error: String(reason) }, 'the end of a call could not be noted');
      });
      throw error;
    }
  }

  async #note(entry: Parameters<TicketNotebook['note']>[0]): Promise<void> {
    try {
      await this.#notebook.note(entry);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw clerkTrouble(`it cannot note them: ${why}; make room in state_dir, or let its user write there`, error);
    }
  }
}
