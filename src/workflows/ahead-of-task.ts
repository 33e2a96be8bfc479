import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Where an activation stands in the history. */
type Place = {
  /** Number of the latest event. */
  readonly events: number;
  /** Bytes and time as the latest workflow task that has begun says; no bytes: the server does not count them. */
  readonly size: string;
  readonly time: string;
};

/**
 * Keeps apart what a replay would not. A query that reaches a worker without the workflow in its cache, or just before
 * the workflow task, brings the latest events along: the code takes them in ahead of the task (the time and the size of
 * the history stay those of the last one). If more events come before the task begins, the code would take them in
 * later, while every replay takes all of them in at once, signals first: that is another course of things, however
 * carefully the workflow is written. So such a task is failed, once and before anything was done: the server hands it
 * out again at once, and the code begins anew from the history. Where nothing more has come, what was done ahead is what
 * a replay does (docs/determinism.md). Both bundles have this.
 */
export function interceptors(): WorkflowInterceptors {
  let last: Place | null = null;
  let isAhead = false;
  return {
    internals: [
      {
        activate(input, next) {
          const { jobs, historyLength, historySizeBytes, timestamp, isReplaying } = input.activation;
          if (jobs?.some(({ queryWorkflow }) => queryWorkflow != null) !== true) {
            const place: Place = {
              events: historyLength ?? 0,
              size: String(historySizeBytes ?? 0),
              time: `${String(timestamp?.seconds)}.${String(timestamp?.nanos)}`,
            };
            const isLater = last !== null && place.events > last.events;
            if (isAhead && isLater) throw new Error('a query was ahead of this task: begun again from the history');
            const isSameTask = place.size !== '0' && place.size === last?.size && place.time === last.time;
            isAhead ||= isLater && isSameTask && isReplaying !== true;
            last = place;
          }
          next(input);
        },
      },
    ],
  };
}
