/** The advice for an operator about tickets that no build has (docs/neighbours/resalloc.md#unknown-tickets). */
export type TicketAdvice = {
  /** Older than every ticket in use. */
  readonly close: readonly number[];
  /** Too recent to close without a look. */
  readonly check: readonly number[];
};

/** Sorts open tickets that no build has; `used` empty: all of them have to be looked at. */
export function adviseOn(open: readonly number[], used: ReadonlySet<number>): TicketAdvice {
  const unknown = open.filter((ticket) => !used.has(ticket)).sort((a, b) => a - b);
  const oldest = used.size === 0 ? 0 : Math.min(...used);
  return {
    close: unknown.filter((ticket) => ticket < oldest),
    check: unknown.filter((ticket) => ticket >= oldest),
  };
}

/** The advice as lines: the commands as they are executed, each group below a comment. */
export function adviceLines({ close, check }: TicketAdvice): readonly string[] {
  return [
    ...(close.length === 0 ? [] : ['# older than any ticket in use; safe to close:']),
    ...close.map((ticket) => `resalloc ticket-close ${ticket}`),
    ...(check.length === 0 ? [] : ['# too recent to close without a look:']),
    ...check.map((ticket) => `resalloc ticket-check ${ticket}`),
  ];
}
