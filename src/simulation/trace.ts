import type { Limits, TaskFacts } from '../contracts/dispatch/dispatch.js';

/** One period of a task in the queue and on a builder. Times in ms since the epoch; null: outside the trace. */
export type TracedTask = {
  /** The id is unique in the trace: when a task is run again, `#2` is appended to it. */
  readonly facts: TaskFacts;
  readonly arrived: number;
  readonly started: number | null;
  readonly ended: number | null;
  /** The time when it vanished from the frontend's list without having run, or when it was lost sight of. */
  readonly left: number | null;
};

/** Limits that applied from some time on, and the pause between polls in seconds. */
export type Settings = { readonly limits: Limits; readonly pause: number };

/** The recording of a poller. */
export type Trace = {
  readonly from: number;
  readonly to: number;
  /** In the order of time; never empty. */
  readonly settings: readonly (Settings & { readonly at: number })[];
  /** In the order of arrival. */
  readonly tasks: readonly TracedTask[];
};
