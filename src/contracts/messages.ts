import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ActionStatus } from './action/action.js';
import type { BuildStatus, WaitReason } from './build/build.js';
import type { PackedView } from '../domain/dispatch/packed-tasks.js';
import type { AdmissionStatus, LimitsSource, TaskEnd } from './dispatch/dispatch.js';
import type { FailureFact } from './failures.js';
import type { PruneStatus } from './prune/prune.js';
import type { RepositoryStatus, RepositoryCommand } from './repository/repository.js';
import type { ResignStatus } from './signing/resign.js';

/** Begins the failure of a query that came at a bad moment: asked again, it is answered (src/workflows/ahead-of-task.ts). */
export const ASK_AGAIN = 'a query came ahead of a workflow task: ask again';

/** `status` of a build. */
export const buildStatusQuery = defineQuery<BuildStatus>('status');
/** `status` of an action. */
export const actionStatusQuery = defineQuery<ActionStatus>('status');
/** `status` of the signing anew of a project's directory. */
export const resignStatusQuery = defineQuery<ResignStatus>('status');
/** `admission` of a dispatcher: counts, limits, reserve. */
export const admissionQuery = defineQuery<AdmissionStatus>('admission');
/** What the poll activity asks the dispatcher. */
export const dispatchViewQuery = defineQuery<PackedView>('dispatchView');
/** `status` of a command's request to a repository: what its answer waits for. */
export const requestStatusQuery = defineQuery<{ readonly waitingFor: WaitReason }>('status');
/** `changes` of a repository. */
export const changesQuery = defineQuery<RepositoryStatus>('changes');

/** Who asks and where the answer goes: a run, so that a later run of the same id never hears it. */
export type Requester = { readonly requestId: string; readonly workflowId: string; readonly runId: string };

export type RepositoryRequest = Requester & { readonly change: RepositoryCommand };
/** To a repository: make this change live, or do this to its generations, and tell me. */
export const changeRequestedSignal = defineSignal<[RepositoryRequest]>('changeRequested');

export type ProjectWork =
  | { readonly kind: 'ensureKey'; readonly dirname: string }
  | { readonly kind: 'lock'; readonly purpose: string; readonly shared?: true };
export type ProjectRequest<W extends ProjectWork = ProjectWork> = Requester & { readonly work: W };
/**
 * To a project: make its key, or let me have a lock on its directories (the answer says that it is granted). Locks are
 * given in the order they were asked for, one at a time; `shared` ones, of those who only read, side by side. Keys do not
 * wait for locks.
 */
export const projectWorkRequestedSignal = defineSignal<[ProjectRequest]>('projectWorkRequested');
/** To a project from who had asked for a lock: it is released, or not wanted any more. */
export const lockReleasedSignal = defineSignal<[{ readonly requestId: string }]>('lockReleased');
export type ProjectStatus = {
  /** One, or several that share. */
  readonly locks: readonly {
    readonly workflowId: string;
    readonly purpose: string;
    readonly shared: boolean;
    readonly since: string;
  }[];
  readonly waiting: readonly { readonly workflowId: string; readonly purpose: string; readonly shared: boolean }[];
  readonly keysWaiting: number;
};
/** `locks` of a project: who has a lock and who waits for one. */
export const locksQuery = defineQuery<ProjectStatus>('locks');

export type RequestAnswer = {
  readonly requestId: string;
  readonly failure: FailureFact | null;
  /** Done, and yet there is something to know. */
  readonly notes?: readonly string[];
};
/** From a repository or project to its requester: it is done, or why not. */
export const requestAnsweredSignal = defineSignal<[RequestAnswer]>('requestAnswered');

export type RequestDelay = { readonly requestId: string; readonly waitingFor: WaitReason };
/** From a repository to its requester: the answer will take its time, and why. */
export const requestDelayedSignal = defineSignal<[RequestDelay]>('requestDelayed');

/** To a build from its own activity: the ticket it waits on, so that a cancel can close it at once. */
export const ticketTakenSignal = defineSignal<[{ readonly ticket: number; readonly waiting: boolean }]>('ticketTaken');

/** To a build or action just before it is canceled by hand: who wants its end and why; said in its report. */
export const cancelReasonSignal = defineSignal<[{ readonly reason: string }]>('cancelReason');

/** To a dispatcher from a task's last activity: what there was to report was acknowledged. */
export const taskEndedSignal = defineSignal<[TaskEnd]>('taskEnded');

/** To a dispatcher: the limits of the pollers with this configuration count from their next poll on (`config adopt`). */
export const limitsAdoptedSignal = defineSignal<[LimitsSource]>('limitsAdopted');

/** `status` of a prune run. */
export const pruneStatusQuery = defineQuery<PruneStatus>('status');
/** To maintenance work: wait after what is under way (by whom), or go on (null). */
export const pauseSignal = defineSignal<[{ readonly by: string | null }]>('pause');
