/** One kind of drill: it does something to a whole installation, and compares what users would see. */
export type Drill = {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** Resolves with the exit status; `say` shows progress. */
  readonly run: (args: readonly string[], say: (line: string) => void) => Promise<number>;
};
