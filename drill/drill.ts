/** One kind of drill: something is done to a whole installation, and what users would see is compared. */
export type Drill = {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** Resolves with the exit status; `say` shows progress. */
  readonly run: (args: readonly string[], say: (line: string) => void) => Promise<number>;
};
