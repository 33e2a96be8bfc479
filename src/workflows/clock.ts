/**
 * The only place in the workflows that reads a clock. Its values go into texts, metrics, values inside inputs and the
 * length of a timer. Whether anything is scheduled must never depend on it: a query that reaches a new worker ahead of
 * the workflow task runs the workflow's code at another time than a replay does (docs/determinism.md).
 */

/** Workflow time, ISO 8601 UTC. */
export function workflowTime(): string {
  return new Date().toISOString();
}

/** Workflow time, milliseconds since the epoch. */
export function workflowMillis(): number {
  return Date.now();
}
