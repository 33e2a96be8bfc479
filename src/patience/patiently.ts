import { pause } from './pause.js';

/** The pause after so many failures in a row (from 1), in ms. */
export type Pauses = (failures: number) => number;

/** How long a neighbour that does not answer is waited for, and what is shown meanwhile. */
export type Patience = {
  readonly pauses: Pauses;
  /** Ends the wait: `patiently` rejects with its reason, too where a call that was under way fails. It ends no call. */
  readonly signal?: AbortSignal;
  /**
   * Hears each failure and the pause that would follow; false: this one is final. Says what is shown; a rejection ends
   * the wait in place of the failure.
   */
  readonly goesOn: (
    error: unknown,
    so: { readonly failures: number; readonly pauseMs: number },
  ) => boolean | Promise<boolean>;
};

/**
 * Asks a neighbour until it answers, with a pause after each failure. `ask` calls `answered` where the neighbour was
 * reached although the call may fail later: failures are counted from the beginning then. Rejects with the failure that
 * `goesOn` takes for final.
 */
export async function patiently<T>(
  ask: (call: { readonly failures: number; readonly answered: () => void }) => Promise<T>,
  { pauses, signal, goesOn }: Patience,
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

/** Longer by the first pause each time, up to `most` times that. */
export function lengthening({ firstMs, most }: { readonly firstMs: number; readonly most: number }): Pauses {
  return (failures) => firstMs * Math.min(failures, most);
}

/** The same each time. */
export function steady(ms: number): Pauses {
  return () => ms;
}
