import type { DispatcherName, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import type { Durations } from '../../contracts/durations.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';

/** The result of starting one task. */
export type StartedTask =
  | { readonly taskId: string; readonly is: 'started' }
  /** An earlier run of the task is still open. */
  | { readonly taskId: string; readonly is: 'busy' }
  | { readonly taskId: string; readonly is: 'refused'; readonly failure: FailureFact };

/**
 * Starts the workflow of a task. Rejects with PortFailure `TemporalUnavailable` (retryable) while the server does not
 * answer; with the client's own error if it refuses this start.
 */
export type TaskStarter = {
  readonly start: (request: {
    readonly of: DispatcherName;
    readonly task: TaskFacts;
    /** Unique to this admission. */
    readonly admission: string;
    /** As in `AdmittedTask`. */
    readonly reportedAt?: string;
    /**
     * True if an earlier request of this admission may have succeeded: a run of it then counts as started, even if it
     * is over.
     */
    readonly again: boolean;
    readonly storage: string;
    readonly durations: Durations;
  }) => Promise<StartedTask>;
};
