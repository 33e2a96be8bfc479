/** The result of a check about one thing; a remedy is a command, or a key of the configuration with its value. */
export type Verdict =
  | { readonly about: string; readonly state: 'ok' | 'skipped'; readonly message: string }
  | {
      readonly about: string;
      readonly state: 'warning' | 'failed';
      readonly message: string;
      readonly remedy: string;
    };

/** A look at one neighbour or one part of the host, which changes nothing. */
export type Check = {
  /** Word for the progress, and for a verdict on a check that does not end. */
  readonly about: string;
  /** Longest time; without it, that of all checks. */
  readonly limitMs?: number;
  /** The remedy if it does not end in time. */
  readonly ifSilent: string;
  /** `signal`: the time is over; the check must let go of its connections and processes. */
  readonly run: (signal: AbortSignal) => Promise<readonly Verdict[]>;
};

export const ok = (about: string, message: string): Verdict => ({ about, state: 'ok', message });
export const skipped = (about: string, message: string): Verdict => ({ about, state: 'skipped', message });
export const warning = (about: string, message: string, remedy: string): Verdict => ({
  ...{ about, state: 'warning', message, remedy },
});
export const failed = (about: string, message: string, remedy: string): Verdict => ({
  ...{ about, state: 'failed', message, remedy },
});

/** The first line of an error's message. */
export function whyOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
