/** A log of a builder that was not compressed at the end of its build. */
export type LeftLog = {
  /** Absolute path. */
  readonly file: string;
  /** From the name of its build's directory; null: the name says nothing. */
  readonly buildId: number | null;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
};

/** The `builder-live.log` files below a directory. Rejects with PortFailure `StorageFailed`. */
export type LeftLogs = {
  /** `refused` gets a line about each part of the tree that cannot be read. */
  readonly logs: (signal: AbortSignal, refused: (line: string) => void) => AsyncIterable<LeftLog>;
  /**
   * Leaves only a whole `.gz`: removes the plain log if its `.gz` is whole, else compresses it. `kept`: it has changed
   * since it was found.
   */
  readonly compact: (log: LeftLog) => Promise<'removed' | 'compressed' | 'kept'>;
};
