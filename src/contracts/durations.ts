/**
 * Durations of a workflow. They are inputs: they come from the configuration through the dispatcher, so that tests run
 * them short and a running build keeps those it began with. All in seconds.
 */
export type Durations = {
  /** Longest silence of a heartbeating activity. Real heartbeats are sent at 80 % of it (SDK throttling). */
  readonly heartbeat: number;
  /** Pause before an unanswered request to a repository or project is sent again. */
  readonly resend: number;
  /** First and longest pause between attempts of a remote call. */
  readonly retryFirst: number;
  readonly retryLongest: number;
  /** Pause before another builder is asked for. */
  readonly nextBuilder: number;
  /**
   * Combines many changes into fewer runs: the more often a repository's metadata was made recently, the longer the
   * next run waits for further requests, by this much more each time.
   */
  readonly pace: number;
  /** An idle repository or project workflow ends after this time. */
  readonly linger: number;
  /**
   * Margin after the builder's own time limit: start + timeout + this ends the build
   * (docs/neighbours/builder.md#time-limits).
   */
  readonly backstop: number;
};

export const DEFAULT_DURATIONS: Durations = {
  heartbeat: 30,
  resend: 60,
  retryFirst: 1,
  retryLongest: 60,
  nextBuilder: 5,
  pace: 2,
  linger: 20,
  backstop: 3600,
};
