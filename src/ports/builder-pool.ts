/**
 * Resalloc (resalloc.md). Rejects with PortFailure `ResallocUnavailable` (retryable) when the server does not answer
 * or answers with a fault. `close` of a ticket the server does not know is done, not an error.
 */
export type BuilderPool = {
  /** A new ticket. There is no idempotency: the caller remembers the id at once. `sandbox` null: none. */
  readonly take: (request: { readonly tags: readonly string[]; readonly sandbox: string | null }) => Promise<number>;
  readonly collect: (ticket: number) => Promise<TicketState>;
  readonly close: (ticket: number) => Promise<void>;
};

export type TicketState =
  | { readonly state: 'waiting' }
  /** `output` is what the pool's cmd_new printed (resalloc.md §2). */
  | { readonly state: 'ready'; readonly output: string }
  | { readonly state: 'closed' }
  /** The machine died under the open ticket; it still has to be closed. */
  | { readonly state: 'failed' }
  /** The server has no such ticket (its database was reset). */
  | { readonly state: 'vanished' };
