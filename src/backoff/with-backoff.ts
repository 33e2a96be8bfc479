import { pause } from './pause.js';

/** The pause after this many consecutive failures (from 1), in ms. */
export type Pauses = (failures: number) => number;

/** How long to wait for a neighbour that does not answer, and what is shown meanwhile. */
export type Backoff = {
  readonly pauses: Pauses;
  /** Ends the wait: `withBackoff` rejects with its reason, even if a call under way fails. It does not end a call. */
  readonly signal?: AbortSignal;
  /**
   * Called with each failure and the pause that would follow; false: this failure is final. It may show the state; if
   * it rejects, the wait ends with that error instead of the failure.
   */
  readonly goesOn: (
    error: unknown,
    so: { readonly failures: number; readonly pauseMs: number },
  ) => boolean | Promise<boolean>;
};

/**
 * Asks a neighbour until it answers, with a pause after each failure. `ask` calls `answered` once it has reached the
 * neighbour, although the call may still fail: failures are then counted from the beginning. Rejects with the failure
 * that `goesOn` considers final.
 */
export async function withBackoff<T>(
  ask: (call: { readonly failures: number; readonly answered: () => void }) => Promise<T>,
  { pauses, signal, goesOn }: Backoff,
): Promise<T> {
  let failures = 0;
  const answered = (): void => {
    failures = 0;
  };
  for (;;) {
    try {
      return await ask({ failures, answered });
    } catch (error) {
      signal?.throwIfAborted();
      failures += 1;
      const pauseMs = pauses(failures);
      if (!(await goesOn(error, { failures, pauseMs }))) throw error;
      await (signal === undefined ? pause(pauseMs) : pause(pauseMs, signal));
      signal?.throwIfAborted();
    }
  }
}

/** Twice as long each time, up to the longest. */
export function doubling({ firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number }): Pauses {
  return (failures) => Math.min(firstMs * 2 ** (failures - 1), longestMs);
}

/** Longer by the first pause each time, up to `most` times the first pause. */
export function lengthening({ firstMs, most }: { readonly firstMs: number; readonly most: number }): Pauses {
  return (failures) => firstMs * Math.min(failures, most);
}

/** The same each time. */
export function steady(ms: number): Pauses {
  return () => ms;
}
