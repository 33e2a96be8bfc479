import type { TicketClaim } from './builder-pool.js';

/** A ticket that was taken on this host and is not known to be closed. */
export type TicketNote = { readonly claim: TicketClaim; readonly ticket: number };

/** Tickets that may be open at Resalloc without belonging to anybody: their ids were lost on this host. */
export type SuspectTickets = {
  readonly tickets: readonly number[];
  /** There are more ids in question than were looked at. */
  readonly isCut: boolean;
};

/** What this host has noted of the tickets it took. Rejects with `TicketClerkUnavailable` (retryable). */
export type TicketNotes = {
  /** Notes whose owner is to be asked, each given to one worker at a time and seldomer the older it is. */
  readonly due: () => Promise<{ readonly notes: readonly TicketNote[]; readonly suspects: SuspectTickets }>;
};

/** Who has a ticket that was taken for a claim. */
export type TicketOwners = {
  /**
   * `owned`: its build has it and will close it. `unowned`: nobody will ever close it. `undecided`: an attempt may yet
   * take it up, or the build does not answer. Rejects with the client's own error.
   */
  readonly ownership: (note: TicketNote) => Promise<'owned' | 'unowned' | 'undecided'>;
};
