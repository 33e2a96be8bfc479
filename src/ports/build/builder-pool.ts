/**
 * Resalloc (docs/neighbours/resalloc.md). Rejects with PortFailure `ResallocUnavailable` (retryable) when the server
 * does not answer or answers with a fault. Closing a ticket that the server does not know succeeds.
 */
export type BuilderPool = {
  /**
   * The ticket of a claim: a new one, or one that an earlier attempt took on this host without learning its id. Also
   * rejects with `TicketClerkUnavailable` (retryable) if it could not be noted; in that case no ticket was taken.
   */
  readonly take: (request: TicketRequest & { readonly claim: TicketClaim }) => Promise<number>;
  readonly collect: (ticket: number) => Promise<TicketState>;
  readonly close: (ticket: number) => Promise<void>;
};

/** The demands on a builder; `sandbox` null: none. */
export type TicketRequest = { readonly tags: readonly string[]; readonly sandbox: string | null };

/** The owner of a ticket: equal in all attempts of one activity, and in nothing else. */
export type TicketClaim = { readonly workflowId: string; readonly runId: string; readonly activityId: string };

export type TicketState =
  | { readonly state: 'waiting' }
  /** `output` is what the pool's cmd_new printed (docs/neighbours/resalloc.md#calls). */
  | { readonly state: 'ready'; readonly output: string }
  | { readonly state: 'closed' }
  /** It still has to be closed. With a builder: the machine died meanwhile; without one: no pool can serve its tags. */
  | { readonly state: 'failed'; readonly hadBuilder: boolean }
  /** The server has no such ticket (its database was reset). */
  | { readonly state: 'vanished' };
