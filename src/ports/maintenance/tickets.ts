/** The builds' own knowledge of Resalloc tickets. Rejects with the client's error if it is not known. */
export type TicketUse = {
  readonly look: () => Promise<{
    /** Tickets that builds have, or had while they run. */
    readonly used: ReadonlySet<number>;
    /** Workflow ids of open builds that do not answer: their tickets are unknown. */
    readonly silent: readonly string[];
    /** Workflow ids of open builds that are taking a ticket whose id is not known yet. */
    readonly taking: readonly string[];
  }>;
  /** Tickets that this host took for a build which still needs them, or may. */
  readonly neededOf: (tickets: readonly number[]) => Promise<ReadonlySet<number>>;
};

/** Resalloc's open tickets. Rejects with PortFailure `ResallocUnavailable`. */
export type OpenTickets = {
  /**
   * Sorted ids of the tickets that are not closed. `near`: ids that are known to exist or to have existed; a server that
   * cannot be asked for a list is asked for ids around these.
   */
  readonly list: (near: readonly number[], signal: AbortSignal) => Promise<readonly number[]>;
};
