import type { TicketClaim } from './builder-pool.js';

/** A ticket that was taken on this host and is not known to be closed. */
export type TicketNote = { readonly claim: TicketClaim; readonly ticket: number };

/** Tickets that may be open at Resalloc without an owner: their ids were lost on this host. */
export type SuspectTickets = {
  readonly tickets: readonly number[];
  /** There are more suspect ids than were checked. */
  readonly isCut: boolean;
};

/** This host's notes about the tickets it took. Rejects with `TicketClerkUnavailable` (retryable). */
export type TicketNotes = {
  /** Notes whose owner has to be checked, each given to one worker at a time, and less often the older it is. */
  readonly due: () => Promise<{ readonly notes: readonly TicketNote[]; readonly suspects: SuspectTickets }>;
};

/** Finds the owner of a ticket that was taken for a claim. */
export type TicketOwners = {
  /**
   * `owned`: its build has it and will close it. `unowned`: nobody will ever close it. `undecided`: an attempt may
   * still take it, or the build does not answer. Rejects with the client's own error.
   */
  readonly ownership: (note: TicketNote) => Promise<'owned' | 'unowned' | 'undecided'>;
};
