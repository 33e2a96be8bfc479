import type { UsageSample } from './usage-sample.js';

/** A sample with the time it was taken at, in milliseconds since the epoch. */
export type DatedSample = { readonly at: number; readonly sample: UsageSample };

/** One self-contained page of charts. */
export function usagePage(samples: readonly DatedSample[], madeAt: number): string {
  return `${samples.length} ${madeAt}`;
}
