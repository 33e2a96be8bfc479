/** How large a queue is. All times in seconds. */
export type QueueSize = {
  readonly builds: number;
  readonly owners: number;
  readonly repositories: number;
  /** Repositories among them that get every third build. */
  readonly hot: number;
  readonly builders: number;
  readonly cancels: number;
  readonly reschedules: number;
  readonly deletes: number;
  /** The time during which builds are submitted, canceled, rescheduled and deleted. */
  readonly seconds: number;
  /** Length of each outage of the frontend. */
  readonly outage: number;
  /** Shortest length of a build, and the additional time of longer ones. */
  readonly buildSeconds: readonly [number, number];
  /** Maximum time until everything is over. */
  readonly patience: number;
};

export const LONG: QueueSize = {
  ...{ builds: 300, owners: 3, repositories: 12, hot: 2, builders: 16, cancels: 30, reschedules: 15, deletes: 20 },
  ...{ seconds: 240, outage: 60, buildSeconds: [1, 8], patience: 1200 },
};

export const SHORT: QueueSize = {
  ...{ builds: 30, owners: 3, repositories: 6, hot: 2, builders: 6, cancels: 4, reschedules: 2, deletes: 2 },
  ...{ seconds: 40, outage: 8, buildSeconds: [0, 3], patience: 300 },
};
