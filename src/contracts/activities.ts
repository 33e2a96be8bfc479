import type { ActionOutcome, ActionPlan, DirectoryId, RepositoryWork, WorkList } from './action/action.js';
import type { AcquiredBuilder, Builder, BuildFacts, BuildKind, BuildOutcome, HostSuspicion } from './build/build.js';
import type { BranchInput, CopiedSlice, ForkInput, OpenCopiesInput } from './project/copies.js';
import type { AdmittedTask, DispatcherName, PollResult, StartResult } from './dispatch/dispatch.js';
import type { Durations } from './durations.js';
import type { FailureFact } from './failures/failure-codes.js';
import type { ProjectId, RepositoryId } from './names/ids.js';
import type { MoveChroot, MovedBatch } from './project/storage-move.js';
import type { MaintenanceJob, MaintenanceOutcome } from './maintenance/maintenance.js';
import type { PlannedRound, PrunePlanFile, PruneStep, PruneStepInput } from './prune/prune.js';
import type { PruneCaps } from '../domain/prune/prune-caps.js';
import type { OperateInput, Published, PublishInput, RepositoryCommand } from './repository/repository.js';
import type { ResignChroot, ResignedBatch, ResignTarget } from './signing/resign.js';
import type { InStore, StoreKind } from './store-kind.js';

/**
 * Every activity's input and result, by task queue. One object in, one object out, so that a field can be added. Small
 * facts only: large data stays in files below the results root.
 */

/** `copr.poll`. */
export type PollActivities = {
  /** Reads the frontend's list once; null: there is no news for the dispatcher. */
  pollTasks: (input: { readonly of: DispatcherName }) => Promise<PollResult | null>;
  /** Starts the workflows of admitted tasks; one that already runs because of an earlier request counts as started. */
  startTasks: (input: StartInput) => Promise<StartResult>;
  /**
   * Waits until the frontend asks for cancels that are not `inWork`; returns the task ids as the frontend spells them,
   * none after a long wait without any. With `once`, the first answer of the frontend ends it, so that a caller that
   * saw a failure soon learns that it is over.
   */
  awaitCancelRequests: (input: {
    readonly inWork: readonly string[];
    readonly once?: true;
  }) => Promise<{ readonly taskIds: readonly string[] }>;
  /** Confirms the cancel request of a task that does not run, if the frontend still lists it. */
  confirmCancelRequest: (input: { readonly taskId: string }) => Promise<void>;
};

export type StartInput = {
  readonly of: DispatcherName;
  readonly tasks: readonly AdmittedTask[];
  /** Of the started workflows' inputs. */
  readonly storage: string;
  readonly durations: Durations;
};

/** Result of sending a report again. */
export type RepeatedReport =
  /** The frontend has applied it, or no longer wants the task. */
  | 'complete'
  /** It was acknowledged but not applied. */
  | 'not applied'
  /** The task has to be built: it was rescheduled, or the results to report are gone. */
  | 'to be built';

export type BeginBuildResult =
  /** The source is already built, and its report was acknowledged but not applied: send it again. */
  | { readonly start: 'report again'; readonly facts: BuildFacts }
  | {
      readonly start: true;
      readonly facts: BuildFacts;
      /** The things that must be requested before a builder is taken. */
      readonly missing: { readonly repository: boolean; readonly key: boolean };
      /** Unix seconds. */
      readonly startedOn: number;
    }
  | {
      readonly start: false;
      readonly failure: FailureFact;
      /** Facts for the report of the end, if the record was readable. */
      readonly facts: BuildFacts | null;
    };

export type DownloadResult =
  | { readonly built: true; readonly staging: string; readonly packages: number; readonly released: boolean }
  /** The builder says that the package does not build; its logs are staged nevertheless. */
  | { readonly built: false; readonly staging: string; readonly failure: FailureFact; readonly released: boolean };

/** A part of a renamed project's directories. */
export type RenamedPage = {
  readonly dirnames: readonly string[];
  readonly isLast: boolean;
  /** For all chroots of the directories: public and, if it exists, devel metadata. */
  readonly requests: WorkList<RepositoryWork>;
};

/** `copr.steps.<storage>`. */
export type StepActivities = {
  beginBuild: (input: {
    readonly taskId: string;
    readonly kind: BuildKind;
    /** The success of this source build was acknowledged before; first find out whether it was applied. */
    readonly isReported?: true;
  }) => Promise<BeginBuildResult>;
  /** Sends the report of a source build again, if the frontend still lacks it; its results are in place. */
  repeatReport: (input: { readonly facts: BuildFacts; readonly reportedOn: number }) => Promise<RepeatedReport>;
  /** Requests the prerequisites of a build before it takes a builder; a null prerequisite exists already. */
  requestPrerequisites: (input: {
    readonly facts: BuildFacts;
    readonly repository: { readonly requestId: string } | null;
    readonly key: { readonly requestId: string } | null;
  }) => Promise<void>;
  startRemoteBuild: (input: {
    readonly facts: BuildFacts;
    readonly builder: Builder;
    /** 1 for the task's first builder. */
    readonly attempt: number;
    /**
     * Nobody was told yet that the build runs: only one start is reported and announced, however many builders it
     * takes.
     */
    readonly announce: boolean;
    /** It may already have started on this builder (an earlier attempt may have succeeded). */
    readonly startedOn: number;
  }) => Promise<{
    readonly hostKey: string;
    readonly logBase: number;
    readonly startedOn: number;
    /** False: the build's user could not get access to the builder, so it is not kept for them. */
    readonly userAccess?: boolean;
  }>;
  downloadResults: (input: { readonly facts: BuildFacts; readonly builder: Builder }) => Promise<DownloadResult>;
  /**
   * Moves staged results into the public result directory and asks the repository to index them (null: no repository).
   */
  deliverResults: (input: {
    readonly facts: BuildFacts;
    readonly staging: string;
    readonly publish: { readonly requestId: string } | null;
  }) => Promise<void>;
  finishBuild: (input: {
    readonly facts: BuildFacts | null;
    readonly taskId: string;
    readonly kind: BuildKind;
    readonly outcome: BuildOutcome;
    readonly startedOn: number;
    readonly endedOn: number;
    /** Staged results that a failed build leaves for people to read. */
    readonly staging: string | null;
    /** Delivered, but then refused by the repository: its packages do not stay public. */
    readonly refused?: string;
    /** A cancel reached the build, in time or too late; if the frontend requested it, it is confirmed. */
    readonly isCancelAsked: boolean;
    /** The frontend has the report already: only give the slot back. */
    readonly isReported?: true;
    /** The builder is still being given back: backend.log is compressed for readers, but stays open for that. */
    readonly keepsLogOpen?: true;
  }) => Promise<void>;
  /** Closes the backend.log that `finishBuild` kept open. */
  closeLog: (input: { readonly facts: BuildFacts }) => Promise<void>;
  /** Stops copr-rpmbuild if `stop` is set, then closes the ticket. */
  releaseBuilder: (input: {
    readonly facts: BuildFacts;
    readonly builder: Builder | null;
    readonly ticket: number;
    readonly stop: boolean;
  }) => Promise<void>;

  beginAction: (input: { readonly actionId: number }) => Promise<ActionPlan>;
  requestRepositories: (input: {
    readonly requests: readonly {
      readonly requestId: string;
      readonly repository: RepositoryId;
      readonly change: RepositoryCommand;
    }[];
  }) => Promise<void>;
  /** The same for the entries of a list that `requests` names by position. */
  requestListed: (input: {
    readonly list: WorkList<RepositoryWork>;
    readonly requests: readonly { readonly requestId: string; readonly index: number }[];
  }) => Promise<void>;
  /** Asks the project for its key; the answer says that the key is in the directory, or why it is not. */
  requestKey: (input: {
    readonly requestId: string;
    readonly project: ProjectId;
    readonly dirname: string;
    /** The build that waits for it. */
    readonly facts?: BuildFacts;
  }) => Promise<void>;
  /** Asks the project for a lock on its directories; the answer says that it is granted. `shared`: they are only read. */
  requestLock: (input: {
    readonly requestId: string;
    readonly project: ProjectId;
    readonly purpose: string;
    readonly shared?: true;
  }) => Promise<void>;
  /** The chroot directories below the target that `chroots` names (null: all), with the number of their builds. */
  planResign: (
    input: InStore & {
      readonly target: ResignTarget;
      readonly chroots: readonly string[] | null;
    },
  ) => Promise<{ readonly chroots: readonly ResignChroot[] }>;
  /** Tells a content network to drop its copies of a chroot directory; null: done, or there is no network. */
  purgeCopies: (input: { readonly target: ResignTarget; readonly chroot: string }) => Promise<FailureFact | null>;
  /**
   * Installs another comps.xml, or removes it. The metadata is already right only if none was wanted and none existed.
   */
  installComps: (
    input: InStore & {
      readonly actionId: number;
      readonly repository: RepositoryId;
      readonly urlPath: string | null;
    },
  ) => Promise<{ readonly needsPublication: boolean }>;
  /** Puts a module's document into modules.yaml of each directory, replacing an older one of the same stream. */
  installModules: (
    input: InStore & {
      readonly actionId: number;
      readonly modulemd: WorkList<string>;
      readonly builds: WorkList<number>;
      readonly requests: WorkList<RepositoryWork>;
    },
  ) => Promise<void>;
  /**
   * Moves a project's directories to its new name (only the first call does; safe to repeat). Answers with the page of
   * dirnames after `after`, and (only if `after` is null) with the metadata to make.
   */
  renameProject: (
    input: InStore & {
      readonly actionId: number;
      readonly source: ProjectId;
      readonly destination: ProjectId;
      readonly sign: boolean;
      readonly after: string | null;
    },
  ) => Promise<RenamedPage>;
  /**
   * The chroots of a project that have metadata in the tree, if it can move to Pulp; `all`: every chroot, whatever it
   * has. From the first call on both stores may have the project's packages.
   */
  planStorageMove: (input: {
    readonly project: ProjectId;
    readonly all?: true;
  }) => Promise<{ readonly chroots: readonly MoveChroot[] }>;
  /** The store that has a project's packages from now on, whatever tasks say; null: tasks say it again. */
  routeProject: (input: { readonly project: ProjectId; readonly store: StoreKind | null }) => Promise<void>;
  /** Tells the frontend and the web servers which store has a project. False: the frontend has no such project. */
  announceStorage: (input: {
    readonly project: ProjectId;
    readonly store: StoreKind;
  }) => Promise<{ readonly isKnown: boolean }>;
  finishAction: (input: { readonly actionId: number; readonly outcome: ActionOutcome }) => Promise<void>;

  /**
   * Surveys the whole results tree and keeps a plan of what to remove, unless a plan is carried out already. Waits for
   * an unavailable frontend. Rejects with `PlanTooLarge` for more than the caps allow. Safe to repeat.
   */
  planPrune: (input: {
    readonly days: number;
    readonly caps: PruneCaps;
    readonly parallel: number;
  }) => Promise<PlannedRound>;
  /**
   * Takes the next lines of a plan, leaves out what must no longer be removed, and asks the repository to remove the
   * rest.
   */
  requestPruning: (input: PruneStepInput) => Promise<PruneStep>;
  /** Tells the frontend which chroots of the plan were pruned for the last time, all but `unwell`. */
  reportFinalPrune: (input: {
    readonly plan: PrunePlanFile;
    readonly unwell: readonly string[];
  }) => Promise<{ readonly finished: number }>;
  /**
   * One round of a maintenance job. Rejects with `JobUnknown` on a worker whose version or configuration has no such
   * job, and with what the job itself meets. Safe to repeat.
   */
  runMaintenance: (input: { readonly job: MaintenanceJob }) => Promise<MaintenanceOutcome>;
};

/** `givenBack`: a ticket that is still open; null if none was taken. */
export type ExchangedBuilder = { readonly builder: AcquiredBuilder; readonly givenBack: number | null };

/** `copr.follow.<storage>`. */
export type FollowActivities = {
  acquireBuilder: (input: {
    readonly facts: BuildFacts;
    /** False after an infrastructure failure: another machine should answer. */
    readonly sandboxed: boolean;
    /** Why the builder before this one was given up. */
    readonly after?: FailureFact;
    /** Names of the machines this build has failed on. */
    readonly failedOn?: readonly string[];
  }) => Promise<AcquiredBuilder>;
  /**
   * Asks for another builder while the suspect one is held, so that the pool cannot hand out the same one again.
   * Answers with the better of the two; the workflow has to release the one in `givenBack`. If the answer has no
   * suspicion, use the builder: it is good, or no better one is free.
   */
  exchangeBuilder: (input: {
    readonly facts: BuildFacts;
    readonly builder: Builder;
    readonly suspicion: HostSuspicion;
    readonly sandboxed: boolean;
    readonly failedOn: readonly string[];
    /** No further exchange follows. */
    readonly isLast: boolean;
  }) => Promise<ExchangedBuilder>;
  /**
   * Keeps the builder for its user until the time that they set on it, or for three days
   * (docs/neighbours/builder.md#visits-by-users).
   */
  keepForUser: (input: {
    readonly facts: BuildFacts;
    readonly builder: Builder;
    readonly startedOn: number;
  }) => Promise<void>;
  followBuild: (input: {
    readonly facts: BuildFacts;
    readonly builder: Builder;
    readonly logBase: number;
    /** Unix seconds after which the build is stopped. */
    readonly deadline: number;
  }) => Promise<{ readonly logBytes: number; readonly timedOut: boolean }>;
};

/** `copr.sign.<storage>`. */
export type SignActivities = {
  signResults: (input: { readonly facts: BuildFacts; readonly staging: string }) => Promise<{
    readonly signed: number;
    /**
     * The published `pubkey.gpg` is not the key that signed: it has to be written before the packages are published.
     */
    readonly isKeyOutdated: boolean;
  }>;
  /** Signs packages without a good signature in the next build directories after `after`. */
  resignBuilds: (
    input: InStore & {
      readonly target: ResignTarget;
      readonly chroot: string;
      readonly after: string | null;
    },
  ) => Promise<ResignedBatch>;
  /** Copies the next builds of a fork: signed with the destination's key, or unsigned. Safe to repeat. */
  forkBuilds: (input: ForkInput) => Promise<CopiedSlice>;
  /** Creates the project's key if there is none, and writes `pubkey.gpg` of the directory if it differs. */
  ensureKey: (input: { readonly project: ProjectId; readonly dirname: string }) => Promise<void>;
};

/** The directories and files that an action removes from the results tree. */
export type DiscardInput = InStore & {
  readonly actionId: number;
  readonly what:
    | { readonly kind: 'directories'; readonly list: WorkList<DirectoryId> }
    | { readonly kind: 'chroot'; readonly directory: DirectoryId; readonly chroot: string }
    /** Paths below the owner's directory. */
    | { readonly kind: 'paths'; readonly owner: string; readonly list: WorkList<string> };
  /** The action names no store: each directory is removed from every store that has something of it. */
  readonly everyStore?: true;
  /** Files to remove in this slice, if they are removed and not moved. */
  readonly atMost: number;
};

/** `copr.publish.<storage>`. */
export type PublishActivities = {
  /**
   * Prepares the destination of copies, under its project's lock: creates deleted directories again and removes what an
   * earlier attempt left unfinished. Rejects with `SourceMissing`, and with `ProjectDeleted` if a later action deleted
   * it.
   */
  openCopies: (input: OpenCopiesInput) => Promise<void>;
  /** Copies the next builds of one chroot into another; packages are hard links. Safe to repeat. */
  branchBuilds: (input: BranchInput) => Promise<CopiedSlice>;
  /** Moves it into the trash, or removes it if there is no trash; succeeds if it is missing. Safe to repeat. */
  discard: (input: DiscardInput) => Promise<{ readonly removed: number; readonly done: boolean }>;
  /** Removes what is due, at most `atMost` files. */
  emptyTrash: (input: { readonly atMost: number }) => Promise<{ readonly removed: number; readonly done: boolean }>;
  /** Brings packages of the next build directories after `after` to Pulp; nothing is listed or removed. */
  copyToPulp: (input: {
    readonly project: ProjectId;
    readonly repository: RepositoryId;
    readonly after: string | null;
  }) => Promise<MovedBatch>;
  publishRepository: (input: PublishInput) => Promise<Published>;
  /** Carries out an operator's command on the generations; answers what is live afterwards. */
  operateRepository: (input: OperateInput) => Promise<Published>;
  /** Removes files that left the metadata and are due. */
  collectRepository: (
    input: InStore & { readonly repository: RepositoryId },
  ) => Promise<{ readonly collectAt: string | null }>;
};

export type Activities = PollActivities & StepActivities & FollowActivities & SignActivities & PublishActivities;
