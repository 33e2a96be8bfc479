/** The figures of the drill; the one object of `--json`. */
export type TicketsOutcome = {
  /** SIGKILLs of the worker's process group. */
  readonly kills: number;
  /** The same by the moment of the takeTicket at which they fell. */
  readonly at: Readonly<Record<string, number>>;
  /** Tickets that the pool has given out. */
  readonly taken: number;
  /** Tickets open in the pool's own state that no running build has. */
  readonly leaked: number;
  /** All builds, and how many of them ended well. */
  readonly builds: number;
  readonly succeeded: number;
  readonly leakedTickets: readonly number[];
};

/** What the outcome lacks of the bar, a line each; empty: it is met. */
export function shortfalls(outcome: TicketsOutcome, kills: number): readonly string[] {
  const lines: string[] = [];
  if (outcome.kills < kills) lines.push(`${outcome.kills} of ${kills} kills fell into a takeTicket`);
  if (outcome.leaked > 0) lines.push(`${outcome.leaked} tickets are open that no build has`);
  if (outcome.succeeded < outcome.builds) lines.push(`${outcome.builds - outcome.succeeded} builds did not succeed`);
  return lines;
}
