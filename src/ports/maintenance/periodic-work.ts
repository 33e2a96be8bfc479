import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { PeriodicJob } from '../../contracts/maintenance/periodic-jobs.js';

/** One round of periodic work. Times are ISO 8601 UTC. */
export type Round = {
  readonly workflowId: string;
  readonly startedAt: string;
  /** Null: it runs, or Temporal no longer keeps it. */
  readonly endedAt: string | null;
  /** `forgotten`: it ended longer ago than the namespace keeps. */
  readonly state: 'running' | 'completed' | 'failed' | 'canceled' | 'terminated' | 'forgotten';
  /** Of a running round, where it was asked for: what it does, or why it waits, in one line. */
  readonly doing?: string;
  /** Of a completed round. */
  readonly result: unknown;
  /** Of a failed round. */
  readonly failure: FailureFact | null;
};

/** The Schedule of a job in a results tree. */
export type PeriodicWorkState = {
  readonly job: PeriodicJob;
  readonly storage: string;
  readonly scheduleId: string;
  /** Seconds between two rounds. */
  readonly every: number;
  /** ISO 8601 UTC; null while it is paused. */
  readonly next: string | null;
  /** Null: it is not paused. */
  readonly paused: { readonly note: string } | null;
  readonly createdAt: string;
  /** Newest first. */
  readonly rounds: readonly Round[];
};
