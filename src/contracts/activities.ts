import type { ActionOutcome, ActionPlan, DirectoryId, RepositoryWork, WorkList } from './action/action.js';
import type { AcquiredBuilder, Builder, BuildFacts, BuildKind, BuildOutcome, HostSuspicion } from './build/build.js';
import type { BranchInput, CopiedSlice, ForkInput, OpenCopiesInput } from './project/copies.js';
import type { AdmittedTask, DispatcherName, PollResult, StartResult } from './dispatch/dispatch.js';
import type { Durations } from './durations.js';
import type { FailureFact } from './failures.js';
import type { ProjectId, RepositoryId } from './names/ids.js';
import type { PrunePlanFile, PruneStep, PruneStepInput } from './prune/prune.js';
import type { PruneCaps } from '../domain/prune/prune-caps.js';
import type { OperateInput, Published, PublishInput, RepositoryCommand } from './repository/repository.js';
import type { ResignChroot, ResignedBatch, ResignTarget } from './signing/resign.js';

/**
 * Every activity's input and result, by the task queue that carries it. One object in, one object out, so that a field
 * can be added. Small facts only: what is large stays in files below the results root.
 */

/** `copr.poll`. */
export type PollActivities = {
  /** Looks once at what the frontend lists; null: the dispatcher would learn nothing from it. */
  pollTasks: (input: { readonly of: DispatcherName }) => Promise<PollResult | null>;
  /** Starts the workflows of admitted tasks; one that runs since an earlier request for it counts as started. */
  startTasks: (input: StartInput) => Promise<StartResult>;
  /**
   * Waits until the frontend asks for cancels that are not `inWork`; returns the task ids as the frontend spells them,
   * none when it waited long in vain. With `once`, the first answer of the frontend ends it: whoever heard of a failure
   * hears soon that it is over.
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

/** What sending a report again has come to. */
export type RepeatedReport =
  /** The frontend has applied it, or wants the task no more. */
  | 'settled'
  /** It was acknowledged, and not applied. */
  | 'not applied'
  /** The task is to be built: it was rescheduled, or what there was to report is gone. */
  | 'to be built';

export type BeginBuildResult =
  /** The source is built already, and its report was acknowledged but not applied: it is to be sent again. */
  | { readonly start: 'report again'; readonly facts: BuildFacts }
  | {
      readonly start: true;
      readonly facts: BuildFacts;
      /** What must be asked for before a builder is taken. */
      readonly missing: { readonly repository: boolean; readonly key: boolean };
      /** Unix seconds. */
      readonly startedOn: number;
    }
  | {
      readonly start: false;
      readonly failure: FailureFact;
      /** What is needed to report the end, where the record was readable. */
      readonly facts: BuildFacts | null;
    };

export type DownloadResult =
  | { readonly built: true; readonly staging: string; readonly packages: number; readonly released: boolean }
  /** The builder's answer is that the package does not build; its logs are staged all the same. */
  | { readonly built: false; readonly staging: string; readonly failure: FailureFact; readonly released: boolean };

/** A part of a renamed project's directories. */
export type RenamedPage = {
  readonly dirnames: readonly string[];
  readonly isLast: boolean;
  /** Of all the directories' chroots: public and, where it is, devel metadata. */
  readonly requests: WorkList<RepositoryWork>;
};

/** `copr.steps.<storage>`. */
export type StepActivities = {
  beginBuild: (input: {
    readonly taskId: string;
    readonly kind: BuildKind;
    /** The success of this source build was acknowledged before; whether it was applied is to be found out first. */
    readonly isReported?: true;
  }) => Promise<BeginBuildResult>;
  /** Sends the report of a source build again, if the frontend still lacks it; what was built lies in its place. */
  repeatReport: (input: { readonly facts: BuildFacts; readonly reportedOn: number }) => Promise<RepeatedReport>;
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
    /** Nobody was told yet that the build runs: one start is reported and announced, however many builders it takes. */
    readonly announce: boolean;
    /** Started on this builder before (its own earlier attempt may have got through). */
    readonly startedOn: number;
  }) => Promise<{
    readonly hostKey: string;
    readonly logBase: number;
    readonly startedOn: number;
    /** False: the build's user could not be let onto the builder, which is not kept for them then. */
    readonly userAccess?: boolean;
  }>;
  downloadResults: (input: { readonly facts: BuildFacts; readonly builder: Builder }) => Promise<DownloadResult>;
  /** Moves what was staged into the public result directory and asks the repository to index it (null: no repository). */
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
    /** Delivered, and then refused by the repository: its packages do not stay public. */
    readonly refused?: string;
    /** A cancel reached the build, in time or too late; its request may be the frontend's and is confirmed then. */
    readonly isCancelAsked: boolean;
    /** The frontend has the report: only the slot is given back. */
    readonly isReported?: true;
    /** The builder is still being given back: backend.log is readable compressed, and stays open for that. */
    readonly keepsLogOpen?: true;
  }) => Promise<void>;
  /** Closes the backend.log that `finishBuild` has kept open. */
  closeLog: (input: { readonly facts: BuildFacts }) => Promise<void>;
  /** Stops copr-rpmbuild where `stop` is set, then closes the ticket. */
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
  /** The same for those of a list that `requests` names by their places in it. */
  requestListed: (input: {
    readonly list: WorkList<RepositoryWork>;
    readonly requests: readonly { readonly requestId: string; readonly index: number }[];
  }) => Promise<void>;
  requestKey: (input: {
    readonly requestId: string;
    readonly project: ProjectId;
    readonly dirname: string;
  }) => Promise<void>;
  /** Asks the project for a lock on its directories; the answer says that it is granted. `shared`: they are only read. */
  requestLock: (input: {
    readonly requestId: string;
    readonly project: ProjectId;
    readonly purpose: string;
    readonly shared?: true;
  }) => Promise<void>;
  /** The chroot directories below the target that `chroots` names (null: all), with the number of their builds. */
  planResign: (input: {
    readonly target: ResignTarget;
    readonly chroots: readonly string[] | null;
  }) => Promise<{ readonly chroots: readonly ResignChroot[] }>;
  /** Tells a content network to forget its copies of a chroot directory; null: done, or there is none. */
  purgeCopies: (input: { readonly target: ResignTarget; readonly chroot: string }) => Promise<FailureFact | null>;
  /** Another comps.xml, or none. The metadata says so already only where none was wanted and none there. */
  installComps: (input: {
    readonly actionId: number;
    readonly repository: RepositoryId;
    readonly urlPath: string | null;
  }) => Promise<{ readonly needsPublication: boolean }>;
  /** Puts a module's document into modules.yaml of each directory, in the place of an older one of the same stream. */
  installModules: (input: {
    readonly actionId: number;
    readonly modulemd: WorkList<string>;
    readonly builds: WorkList<number>;
    readonly requests: WorkList<RepositoryWork>;
  }) => Promise<void>;
  /**
   * Moves a project's directories under its new name (only the first call does; safe to repeat). Answers with the next
   * dirnames behind `after`, a page of them, and (once, where `after` is null) what metadata to make.
   */
  renameProject: (input: {
    readonly actionId: number;
    readonly source: ProjectId;
    readonly destination: ProjectId;
    readonly sign: boolean;
    readonly after: string | null;
  }) => Promise<RenamedPage>;
  finishAction: (input: { readonly actionId: number; readonly outcome: ActionOutcome }) => Promise<void>;

  /**
   * Looks at the whole results tree and keeps a plan of what goes; null: nothing does. Waits for an unavailable frontend.
   * Rejects with `PlanTooLarge` for more than the caps allow. Safe to repeat.
   */
  planPrune: (input: {
    readonly days: number;
    readonly caps: PruneCaps;
    readonly parallel: number;
  }) => Promise<{ readonly plan: PrunePlanFile | null; readonly leftOut: number }>;
  /** Takes the next lines of a plan, leaves out what must not go any more, and asks the repository for the rest. */
  requestPruning: (input: PruneStepInput) => Promise<PruneStep>;
  /** Tells the frontend which chroots of the plan were pruned for the last time, all but `unwell`. */
  reportFinalPrune: (input: {
    readonly plan: PrunePlanFile;
    readonly unwell: readonly string[];
  }) => Promise<{ readonly finished: number }>;
};

/** `givenBack`: a ticket that is still open; null where none was taken. */
export type ExchangedBuilder = { readonly builder: AcquiredBuilder; readonly givenBack: number | null };

/** `copr.follow.<storage>`. */
export type FollowActivities = {
  acquireBuilder: (input: {
    readonly facts: BuildFacts;
    /** False after an infrastructure failure: another machine shall answer. */
    readonly sandboxed: boolean;
    /** Why the builder before this one was given up. */
    readonly after?: FailureFact;
    /** Names of the machines this build has failed on. */
    readonly failedOn?: readonly string[];
  }) => Promise<AcquiredBuilder>;
  /**
   * Asks for another builder while the doubtful one is held, so that the pool cannot hand out the same one again. Answers
   * with the better of the two; the one in `givenBack` is the workflow's to release. Without a suspicion in the answer the
   * builder is to be used: it is a good one, or no better one is free.
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
   * Keeps the builder for its user until the time they set on it, or three days, are over
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
    /** The published `pubkey.gpg` is not the key that signed: it has to be written before the packages go out. */
    readonly isKeyOutdated: boolean;
  }>;
  /** Signs what lacks a good signature in the next build directories behind `after`. */
  resignBuilds: (input: {
    readonly target: ResignTarget;
    readonly chroot: string;
    readonly after: string | null;
  }) => Promise<ResignedBatch>;
  /** Copies the next builds of a fork: signed with the destination's key, or unsigned. Safe to repeat. */
  forkBuilds: (input: ForkInput) => Promise<CopiedSlice>;
  /** Makes the project's key if there is none, and writes `pubkey.gpg` of the directory if it differs. */
  ensureKey: (input: { readonly project: ProjectId; readonly dirname: string }) => Promise<void>;
};

/** What an action takes out of the results tree. */
export type DiscardInput = {
  readonly actionId: number;
  readonly what:
    | { readonly kind: 'directories'; readonly list: WorkList<DirectoryId> }
    | { readonly kind: 'chroot'; readonly directory: DirectoryId; readonly chroot: string }
    /** Paths below the owner's directory. */
    | { readonly kind: 'paths'; readonly owner: string; readonly list: WorkList<string> };
  /** Files removed in this slice, where they are removed and not moved. */
  readonly atMost: number;
};

/** `copr.publish.<storage>`. */
export type PublishActivities = {
  /**
   * Makes the destination of copies ready, under its project's lock: what was deleted before is made anew, what an earlier
   * attempt left unfinished goes. Rejects with `SourceMissing`, and with `ProjectDeleted` for what a later action deleted.
   */
  openCopies: (input: OpenCopiesInput) => Promise<void>;
  /** Copies the next builds of one chroot into another; packages are hard links. Safe to repeat. */
  branchBuilds: (input: BranchInput) => Promise<CopiedSlice>;
  /** Moves it into the trash, or removes it where there is none; a missing one is done already. Safe to repeat. */
  discard: (input: DiscardInput) => Promise<{ readonly removed: number; readonly done: boolean }>;
  /** Removes what is due, at most so many files of it. */
  emptyTrash: (input: { readonly atMost: number }) => Promise<{ readonly removed: number; readonly done: boolean }>;
  publishRepository: (input: PublishInput) => Promise<Published>;
  /** What an operator wants of the generations; answers what is live afterwards. */
  operateRepository: (input: OperateInput) => Promise<Published>;
  /** Removes what left the metadata and may be removed by now. */
  collectRepository: (input: { readonly repository: RepositoryId }) => Promise<{ readonly collectAt: string | null }>;
};

export type Activities = PollActivities & StepActivities & FollowActivities & SignActivities & PublishActivities;
