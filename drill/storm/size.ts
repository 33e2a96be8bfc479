/** The part of a poller's configuration that matters here: the limits by which it admits. */
export type StormLimits = { readonly workers: number; readonly owner: number; readonly sandbox: number };

/** How large a storm is. All times in seconds. */
export type StormSize = {
  readonly builds: number;
  readonly owners: number;
  /** Projects, each with one repository; those of the archive are not counted. */
  readonly repositories: number;
  /** Number of repositories that get every third build, and whose workflows soon continue as new. */
  readonly hot: number;
  readonly builders: number;
  /** Builds that exist when the workers start; the others are submitted during the storm. */
  readonly seeded: number;
  readonly cancels: number;
  readonly reschedules: number;
  /**
   * How long the storm lasts before Temporal is stopped, how long Temporal is stopped, and how long the storm lasts
   * afterwards.
   */
  readonly before: number;
  readonly outage: number;
  readonly after: number;
  /** Shortest and longest time between two kills. */
  readonly killEvery: readonly [number, number];
  /** Time between two changes of the configuration; how long its pollers then differ, in turn. */
  readonly reconfigureEvery: number;
  readonly pollersDiffer: readonly number[];
  /** Configurations, used in turn. */
  readonly limits: readonly StormLimits[];
  /** How long the frontend refuses the report of one task. */
  readonly refused: number;
  /** How long a calm may last until everything is settled. */
  readonly calm: number;
  /** The numbers that the storm must reach. */
  readonly bar: { readonly kills: number; readonly queries: number };
};

export const LONG: StormSize = {
  ...{ builds: 400, owners: 8, repositories: 40, hot: 4, builders: 14, seeded: 120, cancels: 48, reschedules: 24 },
  ...{ before: 600, outage: 600, after: 480, killEvery: [8, 20], reconfigureEvery: 90, pollersDiffer: [5, 60] },
  limits: [
    { workers: 6, owner: 3, sandbox: 2 },
    { workers: 14, owner: 5, sandbox: 3 },
    { workers: 4, owner: 2, sandbox: 2 },
    { workers: 10, owner: 4, sandbox: 4 },
  ],
  ...{ refused: 240, calm: 1800, bar: { kills: 20, queries: 1000 } },
};

export const SHORT: StormSize = {
  ...{ builds: 64, owners: 4, repositories: 12, hot: 2, builders: 8, seeded: 32, cancels: 9, reschedules: 4 },
  ...{ before: 45, outage: 60, after: 35, killEvery: [7, 12], reconfigureEvery: 25, pollersDiffer: [4] },
  limits: [
    { workers: 5, owner: 3, sandbox: 2 },
    { workers: 8, owner: 4, sandbox: 3 },
    { workers: 4, owner: 2, sandbox: 2 },
  ],
  ...{ refused: 30, calm: 420, bar: { kills: 5, queries: 100 } },
};
