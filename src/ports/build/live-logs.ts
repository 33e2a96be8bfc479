import type { BuildPlace } from './build-place.js';

/**
 * The live log of each build: the logs of its builders, one part per builder session. Rejects like BuildDirectories.
 */
export type LiveLogs = {
  /** Ends an earlier attempt's part with a divider; returns the offset of the next part. Safe to repeat. */
  readonly begin: (place: BuildPlace, divider: string) => Promise<number>;
  /** Opens the log for one follower; older followers of the same log stop writing. */
  readonly follow: (place: BuildPlace, base: number) => Promise<LiveLog>;
  /** The last bytes of the log, at most this many, as text; empty if there is no log. */
  readonly tail: (place: BuildPlace, bytes: number) => Promise<string>;
};

/** The live log of one builder session: bytes of the builder's log, written at their own offsets. */
export type LiveLog = {
  /** Number of bytes of the builder's log that are already in the file. */
  readonly size: number;
  /** True once the log has outgrown `log_max_bytes`: a line in it says so, and nothing more is written. */
  readonly isCut: boolean;
  /** Writes bytes found at `offset` of the builder's log. Rejects with `LogBroken` if another follower took over. */
  readonly write: (offset: number, bytes: Buffer) => Promise<void>;
  readonly close: () => Promise<void>;
};
