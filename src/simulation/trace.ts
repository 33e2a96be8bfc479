import type { Limits, TaskFacts } from '../contracts/dispatch/dispatch.js';

/** One stay of a task in the queue and on a builder. Times in ms since the epoch; null: not within the trace. */
export type TracedTask = {
  /** The id is unique in the trace: a task that was run again has `#2` behind it the second time. */
  readonly facts: TaskFacts;
  readonly arrived: number;
  readonly started: number | null;
  readonly ended: number | null;
  /** It disappeared from the frontend's list without having run, or nobody saw what became of it. */
  readonly left: number | null;
};

/** Limits that held from a time on, and the pause between polls in seconds. */
export type Settings = { readonly limits: Limits; readonly pause: number };

/** What a poller recorded. */
export type Trace = {
  readonly from: number;
  readonly to: number;
  /** In the order of time; never empty. */
  readonly settings: readonly (Settings & { readonly at: number })[];
  /** In the order of arrival. */
  readonly tasks: readonly TracedTask[];
};
