import type { DispatcherName, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import type { Durations } from '../../contracts/durations.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';

/** What came of starting one task. */
export type StartedTask =
  | { readonly taskId: string; readonly is: 'started' }
  /** An earlier run of the task is not over yet. */
  | { readonly taskId: string; readonly is: 'busy' }
  | { readonly taskId: string; readonly is: 'refused'; readonly failure: FailureFact };

/**
 * Starts the workflow of a task. Rejects with PortFailure `TemporalUnavailable` (retryable) while the server cannot be
 * asked; with the client's own error where it refuses this very start.
 */
export type TaskStarter = {
  readonly start: (request: {
    readonly of: DispatcherName;
    readonly task: TaskFacts;
    /** Of this admission, and of no other. */
    readonly admission: string;
    /** As in `AdmittedTask`. */
    readonly reportedAt?: string;
    /** An earlier request of this admission may have got through: a run of it counts as started, and over or not. */
    readonly again: boolean;
    readonly storage: string;
    readonly durations: Durations;
  }) => Promise<StartedTask>;
};
