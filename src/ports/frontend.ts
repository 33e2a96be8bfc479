import type { ActionOutcome } from '../contracts/action/action.js';
import type { TaskFacts } from '../contracts/dispatch/dispatch.js';
import type { ProjectId } from '../contracts/names/ids.js';
import type { StoreKind } from '../contracts/store-kind.js';
import type { RequestedAction } from './action/requested-action.js';
import type { RpmResults, SourceResults } from './build/build-results.js';

/**
 * The Copr frontend (docs/neighbours/frontend.md). Rejects with PortFailure: `FrontendUnavailable` (network, 5xx, 408,
 * a truncated or unreadable answer; retryable), `FrontendTooOld` (retryable: it may be upgraded), `FrontendRefused`
 * (other 4xx).
 */
export type Frontend = {
  /**
   * The whole list or a rejection: a truncated list is rejected (docs/neighbours/frontend.md#lists). Bad items are left
   * out and logged.
   */
  readonly pendingBuilds: (signal?: AbortSignal) => Promise<readonly TaskFacts[]>;
  /** Waiting actions in the frontend's order; `taskId` is the action's id as a string. */
  readonly pendingActions: (signal?: AbortSignal) => Promise<readonly TaskFacts[]>;
  readonly cancelRequests: (signal?: AbortSignal) => Promise<readonly string[]>;
  readonly confirmCancel: (taskId: string, running: boolean) => Promise<void>;
  /** Null: the record is `null` or 404, and the frontend has nothing to build. `TaskInvalid` if it does not fit. */
  readonly buildTask: (taskId: string, signal?: AbortSignal) => Promise<BuildTask | null>;
  /** False: the frontend took the task back (`can_start`). */
  readonly startingBuild: (report: BuildReport) => Promise<boolean>;
  readonly reportBuild: (report: BuildReport) => Promise<void>;
  /**
   * A file of a user, at a path relative to frontend_base_url; sent without credentials. `UploadInvalid` for a file
   * larger than `maxBytes`, `TaskUnknown` for a missing one.
   */
  readonly upload: (path: string, maxBytes: number) => Promise<Buffer>;
  /** `TaskUnknown` if it does not exist, `TaskInvalid` if it does not fit, `ActionUnsupported` for an unknown type. */
  readonly action: (actionId: number) => Promise<RequestedAction>;
  readonly reportAction: (actionId: number, outcome: ActionOutcome) => Promise<void>;
  /** Null: the frontend has no such project, or no longer has it. */
  readonly project: (owner: string, name: string) => Promise<PublicProject | null>;
  /** Every chroot that the frontend ever had. */
  readonly pruneStates: () => Promise<ReadonlyMap<string, PruneState>>;
  /** These chroots, all of them known and inactive, were pruned for the last time. */
  readonly reportFinalPrune: (chroots: readonly string[]) => Promise<void>;
  /** The project's packages are in this store; later tasks and actions name it. False: there is no such project. */
  readonly changeStorage: (project: ProjectId, store: StoreKind) => Promise<boolean>;
};

/** A project's settings that matter to the pruner and the reconciler. */
export type PublicProject = {
  /** Manual createrepo: only the owner changes what is public. */
  readonly develMode: boolean;
  readonly persistent: boolean;
  readonly autoPrune: boolean;
  readonly appstream: boolean;
  readonly store: StoreKind;
  /** Names of the chroots that its owner has enabled. */
  readonly chroots: readonly string[];
};

/** A chroot in `chroots-prunerepo-status`. */
export type PruneState = { readonly active: boolean; readonly isFinal: boolean };

/**
 * A full task record, source or RPM (docs/neighbours/frontend.md#task-records), with our names; only the fields that
 * the backend uses.
 */
export type BuildTask = {
  readonly taskId: string;
  readonly buildId: number;
  readonly owner: string;
  readonly project: string;
  readonly dirname: string;
  /** Null for a source build without a script chroot. */
  readonly chroot: string | null;
  readonly packageName: string | null;
  readonly packageVersion: string | null;
  readonly submitter: string | null;
  readonly sandbox: string | null;
  readonly tags: readonly string[];
  /** Seconds; null: the configured default. */
  readonly timeout: number | null;
  readonly usesDevelRepo: boolean;
  readonly appstream: boolean;
  readonly storage: number | null;
  /**
   * authorized_keys lines of a build that its user may visit; null: none (docs/neighbours/builder.md#visits-by-users).
   */
  readonly sshPublicKeys: string | null;
  /** Repositories with the ids `copr_base` and `copr_coprdir` are waited for. */
  readonly repos: readonly { readonly id: string; readonly baseurl: string }[];
  readonly distributionsInBuild: readonly string[];
  readonly distributionsInProject: readonly string[];
};

/**
 * One build in `starting_build` or `update` (docs/neighbours/frontend.md#reports); sent alone, always with
 * `result_dir`.
 */
export type BuildReport = {
  readonly id: number;
  readonly taskId: string;
  readonly chroot: string;
  readonly status: 'starting' | 'running' | 'succeeded' | 'failed';
  readonly resultDir: string;
  /** Unix seconds. */
  readonly startedOn?: number;
  readonly endedOn?: number;
  /** The packages of a successful build; no other report has them. */
  readonly built?: BuiltPackages;
};

/** The one report that ends a build. */
export type TerminalReport = BuildReport & { readonly status: 'succeeded' | 'failed' };

/** Packages of an RPM build, or the one source package of a source build. */
export type BuiltPackages =
  | { readonly kind: 'rpm'; readonly packages: RpmResults['packages'] }
  | {
      readonly kind: 'source';
      /** Its tags name every distribution of the build. */
      readonly source: SourceResults;
      readonly srpmUrl: string;
    };
