/**
 * Periodic care of the host and the results tree, apart from pruning and the trash, which have workflows of their own.
 */
export const MAINTENANCE_JOBS = [
  'analyze-results',
  'clean-result-directories',
  'compress-live-logs',
  'hit-counters',
  'prune-srpms',
  'reconcile',
  'unknown-tickets',
] as const;

export type MaintenanceJob = (typeof MAINTENANCE_JOBS)[number];

/** The outcome of a round of maintenance, bounded: it becomes part of a history. */
export type MaintenanceOutcome = {
  /** One line for people, at most 500 characters. */
  readonly summary: string;
  /** Files, directories or records that were changed or removed. */
  readonly changed: number;
  /** Numbers for metrics, by name; few names, which do not depend on the tree. */
  readonly counts?: Readonly<Record<string, number>>;
  /** The work that could not be done, at most 20 lines of at most 300 characters; the log has them all. */
  readonly troubles: readonly string[];
};

/** The input of a round from its caller: a command in the foreground, or an activity. */
export type MaintenanceRound = {
  /** Aborted when the round has to stop. */
  readonly signal: AbortSignal;
  /** Shows how far the round is, in one line. */
  readonly progress: (line: string) => void;
  /** Only says what would be done. */
  readonly dryRun: boolean;
};
