/**
 * Resalloc (docs/neighbours/resalloc.md). Rejects with PortFailure `ResallocUnavailable` (retryable) when the server
 * does not answer or answers with a fault. `close` of a ticket the server does not know is done, not an error.
 */
export type BuilderPool = {
  /**
   * The ticket of a claim: a new one, or on the host that took it the one that an earlier attempt was not told of any
   * more. Also rejects with `TicketClerkUnavailable` (retryable) where it could not be noted; nothing was taken then.
   */
  readonly take: (request: TicketRequest & { readonly claim: TicketClaim }) => Promise<number>;
  readonly collect: (ticket: number) => Promise<TicketState>;
  readonly close: (ticket: number) => Promise<void>;
};

/** What a builder has to offer; `sandbox` null: none. */
export type TicketRequest = { readonly tags: readonly string[]; readonly sandbox: string | null };

/** Who a ticket is for: equal in every attempt of one activity, and in nothing else. */
export type TicketClaim = { readonly workflowId: string; readonly runId: string; readonly activityId: string };

export type TicketState =
  | { readonly state: 'waiting' }
  /** `output` is what the pool's cmd_new printed (docs/neighbours/resalloc.md#calls). */
  | { readonly state: 'ready'; readonly output: string }
  | { readonly state: 'closed' }
  /** It still has to be closed. With a builder: the machine died under it; without one: no pool can serve its tags. */
  | { readonly state: 'failed'; readonly hadBuilder: boolean }
  /** The server has no such ticket (its database was reset). */
  | { readonly state: 'vanished' };
