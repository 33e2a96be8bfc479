/** Requests that are company enough: a run that serves as many is worth its while, whenever it begins. */
export const ENOUGH_COMPANY = 10;
/** How far back runs count as a crowd, and how many of them begin at once. */
const WINDOW_MS = 30_000;
const AT_ONCE = 2;
/** No run waits longer than for so many steps. */
const LONGEST_STEPS = 4;

/** Those starts (milliseconds since the epoch, oldest first) that still matter. */
export function recentStarts(starts: readonly number[], now: number): readonly number[] {
  return starts.filter((start) => start > now - WINDOW_MS);
}

/**
 * Milliseconds until the next run of a repository should begin. A change that comes alone waits for nothing; in a crowd
 * each run within the window makes the pause before the next one longer by `stepMs`, so that a few runs serve many.
 */
export function pauseBeforeRun(starts: readonly number[], now: number, stepMs: number): number {
  const recent = recentStarts(starts, now);
  const steps = Math.min(recent.length - AT_ONCE, LONGEST_STEPS);
  return steps <= 0 ? 0 : Math.max(0, (recent.at(-1) ?? now) + steps * stepMs - now);
}
