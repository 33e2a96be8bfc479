import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ActionStatus } from './action/action.js';
import type { BuildStatus, WaitReason } from './build/build.js';
import type { PackedView } from '../domain/dispatch/packed-tasks.js';
import type { AdmissionStatus, LimitsSource, TaskEnd } from './dispatch/dispatch.js';
import type { FailureFact } from './failures/failure-codes.js';
import type { StorageMoveStatus } from './project/storage-move.js';
import type { PruneStatus } from './prune/prune.js';
import type { RepositoryStatus, RepositoryCommand } from './repository/repository.js';
import type { ResignStatus } from './signing/resign.js';

/**
 * Begins the error of a query that came at a bad moment and succeeds when asked again (src/workflows/ahead-of-task.ts).
 */
export const ASK_AGAIN = 'a query came ahead of a workflow task: ask again';

/** `status` of a build. */
export const buildStatusQuery = defineQuery<BuildStatus>('status');
/** `status` of an action. */
export const actionStatusQuery = defineQuery<ActionStatus>('status');
export type TaskStatus = BuildStatus | ActionStatus;
/** `status` of a task, when it may be a build or an action. */
export const taskStatusQuery = defineQuery<TaskStatus>('status');
/** `status` of a re-signing of a project's directory. */
export const resignStatusQuery = defineQuery<ResignStatus>('status');
/** `admission` of a dispatcher: counts, limits, reserve. */
export const admissionQuery = defineQuery<AdmissionStatus>('admission');
/** The dispatcher's state as the poll activity needs it. */
export const dispatchViewQuery = defineQuery<PackedView>('dispatchView');
/** `status` of a command's request to a repository: what it is waiting for. */
export const requestStatusQuery = defineQuery<{ readonly waitingFor: WaitReason }>('status');
/** `changes` of a repository. */
export const changesQuery = defineQuery<RepositoryStatus>('changes');

/** Who asks and where the answer goes. It names a run, so that a later run of the same id never gets the answer. */
export type Requester = { readonly requestId: string; readonly workflowId: string; readonly runId: string };

export type RepositoryRequest = Requester & { readonly change: RepositoryCommand };
/** To a repository: publish this change, or carry out this command on its generations, and answer. */
export const changeRequestedSignal = defineSignal<[RepositoryRequest]>('changeRequested');

export type ProjectWork =
  | { readonly kind: 'ensureKey'; readonly dirname: string }
  | { readonly kind: 'lock'; readonly purpose: string; readonly shared?: true };
export type ProjectRequest<W extends ProjectWork = ProjectWork> = Requester & { readonly work: W };
/**
 * To a project: create its key, or grant a lock on its directories (the answer says that it is granted). Locks are
 * granted in the order requested, one at a time; `shared` locks, for readers, may be held together. Keys do not wait
 * for locks.
 */
export const projectWorkRequestedSignal = defineSignal<[ProjectRequest]>('projectWorkRequested');
/** To a project from the requester of a lock: the lock is released, or no longer wanted. */
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
/** `locks` of a project: who holds a lock and who waits for one. */
export const locksQuery = defineQuery<ProjectStatus>('locks');

export type RequestAnswer = {
  readonly requestId: string;
  readonly failure: FailureFact | null;
  /** Things worth knowing although the request succeeded. */
  readonly notes?: readonly string[];
};
/** From a repository or project to its requester: the request is done, or why it failed. */
export const requestAnsweredSignal = defineSignal<[RequestAnswer]>('requestAnswered');

export type RequestDelay = { readonly requestId: string; readonly waitingFor: WaitReason };
/** From a repository to its requester: the answer will take a while, and why. */
export const requestDelayedSignal = defineSignal<[RequestDelay]>('requestDelayed');

/** To a repository from its own activity: a publication is tried again until the store answers, and what to say. */
export const storeUnavailableSignal = defineSignal<[{ readonly waitingFor: WaitReason }]>('storeUnavailable');

/** To a build from its own activity: the ticket it waits for, so that a cancel can close it at once. */
export const ticketTakenSignal = defineSignal<[{ readonly ticket: number; readonly waiting: boolean }]>('ticketTaken');

/** To a build or action just before it is canceled by hand: who cancels it and why. Its report repeats this. */
export const cancelReasonSignal = defineSignal<[{ readonly reason: string }]>('cancelReason');

/** To a dispatcher from a task's last activity: the task has ended, and whatever it had to report was acknowledged. */
export const taskEndedSignal = defineSignal<[TaskEnd]>('taskEnded');

/**
 * To a dispatcher: adopt the limits of the pollers with this configuration from their next poll on (`config adopt`).
 */
export const limitsAdoptedSignal = defineSignal<[LimitsSource]>('limitsAdopted');

/**
 * To a workflow that lives longer than one version of the workers: go on in the version that the deployment says now.
 */
export const deploymentChangedSignal = defineSignal('deploymentChanged');

/** `status` of the move of a project to Pulp. */
export const storageMoveStatusQuery = defineQuery<StorageMoveStatus>('status');
/** To the move of a project: clients get everything from the tree again. Too late once the soak is over. */
export const undoSignal = defineSignal<[{ readonly by: string }]>('undo');

/** `status` of a prune run. */
export const pruneStatusQuery = defineQuery<PruneStatus>('status');
/** To maintenance work: pause after the work under way (and by whom), or continue (null). */
export const pauseSignal = defineSignal<[{ readonly by: string | null }]>('pause');
