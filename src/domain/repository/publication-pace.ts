/** With this many requests a run pays off, whenever it begins. */
export const ENOUGH_COMPANY = 10;
/** Runs of a crowd that begin at once. */
export const AT_ONCE = 3;
/** A run waits for at most this many steps. */
export const MAX_STEPS = 4;

/** The runs of a repository since it was idle for the last time. */
export type Crowd = {
  readonly runs: number;
  /** When the latest of them began, milliseconds since the epoch. */
  readonly lastStart: number;
};

export const NOBODY: Crowd = { runs: 0, lastStart: 0 };

/** The crowd with one more run, which begins now. */
export function joinedBy(crowd: Crowd, now: number): Crowd {
  return { runs: crowd.runs + 1, lastStart: now };
}

/**
 * Milliseconds until the next run of a repository should begin; null: at once, without a timer. A single change does
 * not wait; in a crowd each run makes the pause after the latest one longer by `stepMs`, so that a few runs serve many
 * requests. Whether there is a pause depends only on the count, because `now` differs in a replay
 * (docs/determinism.md). Its length is at least 1 ms and at most the pause itself, even if a clock was changed.
 */
export function pauseBeforeRun(crowd: Crowd, now: number, stepMs: number): number | null {
  const steps = Math.min(crowd.runs + 1 - AT_ONCE, MAX_STEPS);
  if (steps <= 0 || stepMs <= 0) return null;
  const pause = steps * stepMs;
  return Math.min(Math.max(crowd.lastStart + pause - now, 1), pause);
}
