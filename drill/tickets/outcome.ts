/** The figures of the drill; the one object of `--json`. */
export type TicketsOutcome = {
  /** SIGKILLs of the worker's process group. */
  readonly kills: number;
  /** The same by the moment of the takeTicket at which they came. */
  readonly at: Readonly<Record<string, number>>;
  /** Tickets that the pool has given out. */
  readonly taken: number;
  /** Tickets that are open in the pool's own state but belong to no running build. */
  readonly leaked: number;
  /** All builds, and the number of those that succeeded. */
  readonly builds: number;
  readonly succeeded: number;
  readonly leakedTickets: readonly number[];
};

/** Where the outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(outcome: TicketsOutcome, kills: number): readonly string[] {
  const lines: string[] = [];
  if (outcome.kills < kills) lines.push(`${outcome.kills} of ${kills} kills fell into a takeTicket`);
  if (outcome.leaked > 0) lines.push(`${outcome.leaked} tickets are open that no build has`);
  if (outcome.succeeded < outcome.builds) lines.push(`${outcome.builds - outcome.succeeded} builds did not succeed`);
  return lines;
}
