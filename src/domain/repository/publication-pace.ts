/** Requests that are company enough: a run that serves as many is worth its while, whenever it begins. */
export const ENOUGH_COMPANY = 10;
/** Runs of a crowd that begin at once. */
export const AT_ONCE = 3;
/** No run waits longer than for so many steps. */
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
 * Milliseconds until the next run of a repository should begin; null: at once, without a timer. A change that comes
 * alone waits for nothing; in a crowd each run makes the pause behind the latest one longer by `stepMs`, so that a few
 * runs serve many. Whether there is a pause hangs on the count alone, since `now` is not the same in a replay
 * (docs/determinism.md). Its length is at least 1 ms and at most the pause itself, wherever a clock was set to.
 */
export function pauseBeforeRun(crowd: Crowd, now: number, stepMs: number): number | null {
  const steps = Math.min(crowd.runs + 1 - AT_ONCE, MAX_STEPS);
  if (steps <= 0 || stepMs <= 0) return null;
  const pause = steps * stepMs;
  return Math.min(Math.max(crowd.lastStart + pause - now, 1), pause);
}
