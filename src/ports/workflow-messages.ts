import type { WaitReason } from '../contracts/build/build.js';
import type { DispatchView, TaskEnd } from '../contracts/dispatch/dispatch.js';
import type { ProjectId, RepositoryId } from '../contracts/names/ids.js';
import type { ProjectWork, RepositoryRequest, Requester } from '../contracts/messages.js';

/**
 * The messages and questions of activities to workflows. Signals that can never be delivered (no such workflow) are
 * dropped where the method says so; everything else rejects with the client's own error, which is retried.
 */
export type WorkflowMessages = {
  /** Null: the dispatcher does not run. */
  readonly dispatchView: (of: 'builds' | 'actions') => Promise<DispatchView | null>;
  /** Dropped if the dispatcher does not run: the next one asks the frontend. */
  readonly taskEnded: (of: 'builds' | 'actions', end: TaskEnd) => Promise<void>;
  /** Dropped if that run is over. */
  readonly ticketTaken: (
    run: { readonly workflowId: string; readonly runId: string },
    ticket: { readonly ticket: number; readonly waiting: boolean },
  ) => Promise<void>;
  /** To a repository: the workflows that wait for its publication wait for the store. Dropped if that run is over. */
  readonly storeUnavailable: (
    run: { readonly workflowId: string; readonly runId: string },
    waitingFor: WaitReason,
  ) => Promise<void>;
  readonly requestChange: (repository: RepositoryId, request: RepositoryRequest) => Promise<void>;
  readonly requestProjectWork: (
    project: ProjectId,
    request: Requester & { readonly work: ProjectWork },
  ) => Promise<void>;
  /** True if a run of this id, or this very run, is still open. */
  readonly isOpen: (workflowId: string, runId?: string) => Promise<boolean>;
  /** Milliseconds since the server's last answer; a ping of this process keeps it fresh. */
  readonly silentForMs: () => number;
};
