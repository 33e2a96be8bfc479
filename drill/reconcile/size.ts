import type { QueueSize } from '../queue/size.js';

/** How large a soak is. Times in seconds. */
export type SoakSize = QueueSize & {
  /** How much faster than the clock the time between two looks passes: the reconciler waits ten minutes. */
  readonly faster: number;
  /** Rounds and ended builds without which the soak says nothing. */
  readonly bar: { readonly rounds: number; readonly builds: number };
};

export const LONG: SoakSize = {
  ...{ builds: 400, owners: 6, repositories: 24, hot: 3, builders: 10, cancels: 40, reschedules: 20, deletes: 40 },
  ...{ seconds: 1500, outage: 0, buildSeconds: [1, 20], patience: 900 },
  ...{ faster: 5, bar: { rounds: 40, builds: 300 } },
};

export const SHORT: SoakSize = {
  ...{ builds: 24, owners: 3, repositories: 6, hot: 2, builders: 4, cancels: 3, reschedules: 2, deletes: 3 },
  ...{ seconds: 70, outage: 0, buildSeconds: [1, 5], patience: 300 },
  ...{ faster: 20, bar: { rounds: 3, builds: 10 } },
};
