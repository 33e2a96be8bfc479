import type { DispatchView, TaskEnd } from '../contracts/dispatch/dispatch.js';
import type { ProjectId, RepositoryId } from '../contracts/names/ids.js';
import type { ProjectWork, RepositoryRequest, Requester } from '../contracts/messages.js';

/**
 * What activities say to workflows, and ask of them. Signals that cannot be delivered for good (no such workflow) are
 * dropped where the doc says so; everything else rejects with the client's own error, which is retried.
 */
export type WorkflowMessages = {
  /** Null: the dispatcher does not run. */
  readonly dispatchView: (of: 'builds' | 'actions') => Promise<DispatchView | null>;
  /** Dropped when the dispatcher does not run: the next one asks the frontend. */
  readonly taskEnded: (of: 'builds' | 'actions', end: TaskEnd) => Promise<void>;
  /** Dropped when that run is over. */
  readonly ticketTaken: (
    run: { readonly workflowId: string; readonly runId: string },
    ticket: { readonly ticket: number; readonly waiting: boolean },
  ) => Promise<void>;
  readonly requestChange: (repository: RepositoryId, request: RepositoryRequest) => Promise<void>;
  readonly requestProjectWork: (
    project: ProjectId,
    request: Requester & { readonly work: ProjectWork },
  ) => Promise<void>;
  /** Is a run of this id, or this very run, still open? */
  readonly isOpen: (workflowId: string, runId?: string) => Promise<boolean>;
  /** Milliseconds since the server last answered us; kept fresh by a ping of the process. */
  readonly silentForMs: () => number;
};
