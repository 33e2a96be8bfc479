import type { ActionPlan } from './action/action.js';
import type { Durations } from './durations.js';
import type { PackedState } from '../domain/dispatch/packed-tasks.js';
import type { FailureFact } from './failures/failure-codes.js';
import type { MaintenanceJob } from './maintenance/maintenance.js';
import type { ProjectId, RepositoryId } from './names/ids.js';
import type { StorageMoveStatus } from './project/storage-move.js';
import type { TrashRound } from './project/trash.js';
import type { PrunePlanFile } from './prune/prune.js';
import type { ProjectMail } from '../domain/project/project-mailbox.js';
import type { PruneCaps } from '../domain/prune/prune-caps.js';
import type { PruneCarried } from '../domain/prune/prune-run.js';
import type { RepositoryMail } from '../domain/repository/repository-mailbox.js';
import type { RepositoryPast } from '../domain/repository/repository-record.js';
import type { RepositoryCommand } from './repository/repository.js';
import type { ResignStatus, ResignTarget } from './signing/resign.js';
import type { InStore } from './store-kind.js';

/**
 * Workflow inputs: one object each, so that a field can be added. Long-lived workflows continue as new when their
 * history reaches `eventLimit` events by their own count (domain/event-budget.ts).
 */

/** Of long-lived workflows: the form of what is handed over (domain/carried-form.ts); none: the first. */
export type InForm = { readonly form?: number };

export type BuildInput = {
  readonly taskId: string;
  readonly storage: string;
  readonly durations: Durations;
  /** The frontend has acknowledged the success of this source build, but still lists it. */
  readonly reported?: {
    /** Unix seconds. */
    readonly on: number;
    /** Seconds before each repetition of a report that was not applied. */
    readonly pauses: readonly number[];
  };
};

export type ActionInput = {
  readonly actionId: number;
  readonly storage: string;
  readonly durations: Durations;
  /** Number of events after which an action with a long list continues as new between two rounds of requests. */
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried?: {
    readonly plan: ActionPlan;
    readonly place: RequestPlace;
    readonly cancelReason: string;
  };
};

/** How much of a list of requests is answered. */
export type RequestPlace = {
  readonly answered: number;
  /** The first few failures. */
  readonly failures: readonly FailureFact[];
};

/** Without a state a dispatcher has no memory: it finds out what runs before it admits anything. */
export type DispatcherInput = InForm & { readonly state: PackedState | null; readonly eventLimit?: number };

export type RepositoryInput = InForm & {
  readonly repository: RepositoryId;
  readonly storage: string;
  readonly durations: Durations;
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried: (RepositoryPast & { readonly mail: RepositoryMail }) | null;
};

/** One request of a command to one repository. */
export type RepositoryRequestInput = {
  readonly repository: RepositoryId;
  readonly change: RepositoryCommand;
  readonly storage: string;
  readonly durations: Durations;
};

export type EmptyTrashInput = InForm & {
  readonly storage: string;
  readonly durations: Durations;
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried?: TrashRound;
};

export type ProjectInput = InForm & {
  readonly project: ProjectId;
  readonly storage: string;
  readonly durations: Durations;
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried: ProjectMail | null;
};

export type ResignInput = InStore &
  InForm & {
    readonly target: ResignTarget;
    /** Chroots, in full or without their architecture; null: all. */
    readonly chroots: readonly string[] | null;
    /**
     * Set by an action that has the project's lock and waits for this: it takes no lock, and unlisted packages stay
     * unlisted.
     */
    readonly within?: 'action';
    readonly storage: string;
    readonly durations: Durations;
    readonly eventLimit?: number;
    readonly carried: ResignStatus | null;
  };

/** The move of one project to Pulp. */
export type ChangeStorageInput = InForm & {
  readonly project: ProjectId;
  /** How long it can be undone after the cut-over, in seconds. */
  readonly soak: number;
  readonly storage: string;
  readonly durations: Durations;
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried: StorageMoveStatus | null;
};

/** One round of a maintenance job. */
export type MaintenanceInput = {
  readonly job: MaintenanceJob;
  readonly storage: string;
  readonly durations: Durations;
};

/** One round of pruning, planning included. */
export type PruneAllInput = Pick<PruneInput, 'parallel' | 'stepLines' | 'storage' | 'durations'> & {
  /** Age from which superseded packages go. */
  readonly days: number;
  readonly caps: PruneCaps;
};

export type PruneInput = InForm & {
  readonly plan: PrunePlanFile;
  /** Directories pruned at the same time. */
  readonly parallel: number;
  /**
   * Lines of the plan that are one request to a repository; the repository makes its metadata once for each request.
   */
  readonly stepLines: number;
  readonly storage: string;
  readonly durations: Durations;
  readonly eventLimit?: number;
  /** Handed over by continue-as-new. */
  readonly carried: PruneCarried | null;
};
