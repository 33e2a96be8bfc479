import type { FailureFact } from '../failures/failure-codes.js';
import type { InStore } from '../store-kind.js';

export type BuildKind = 'source' | 'rpm';

/**
 * Directory name used as the chroot of a source build, in paths and on the wire (docs/neighbours/frontend.md#reports).
 */
export const SOURCE_CHROOT = 'srpm-builds';

/** The fine stages in order; `status` says which, docs/technical-description.md says what bounds each. */
export type BuildStage =
  | 'preparing'
  | 'waitingForRepository'
  | 'waitingForBuilder'
  | 'starting'
  | 'building'
  | 'keptForUser'
  | 'downloading'
  | 'signing'
  | 'installing'
  | 'publishing'
  | 'reporting'
  | 'stopping'
  | 'ended';

/** Facts about the task for the rest of the build; small, because the history has them several times. */
export type BuildFacts = InStore & {
  readonly taskId: string;
  readonly kind: BuildKind;
  readonly buildId: number;
  readonly owner: string;
  /** Project name, without a CoprDir's suffix. */
  readonly project: string;
  /** CoprDir: equals `project` for the main one, `project:pr:12` for others. */
  readonly dirname: string;
  /** Mock chroot, or `srpm-builds` for a source build. */
  readonly chroot: string;
  /** `00001234-hello` or `00001234`; also the `result_dir` of every report. */
  readonly targetDir: string;
  readonly packageName: string | null;
  readonly packageVersion: string | null;
  readonly submitter: string | null;
  /** Tags of the ticket: sorted, unique (docs/neighbours/resalloc.md#tags-and-sandbox). */
  readonly tags: readonly string[];
  readonly sandbox: string | null;
  /** Seconds the builder itself allows. */
  readonly timeout: number;
  readonly usesDevelRepo: boolean;
  readonly appstream: boolean;
  /**
   * Distributions whose `architecture_specific_tags` a source build's report must carry
   * (docs/neighbours/frontend.md#reports).
   */
  readonly distributions: readonly string[];
  /** Sign what was built. */
  readonly sign: boolean;
  /**
   * The user may visit the builder by ssh (docs/neighbours/builder.md#visits-by-users): nothing from it is signed or
   * published.
   */
  readonly userSsh: boolean;
};

/**
 * A builder that answers under a ticket; `hostKey` is pinned at the first connection for the lifetime of the ticket.
 */
export type Builder = {
  readonly ticket: number;
  readonly host: string;
  readonly name: string;
  /** ssh port, when the pool names one. */
  readonly port: number | null;
  /** OpenSSH public key line (`ssh-ed25519 AAAA…`), null until first seen. */
  readonly hostKey: string | null;
};

/** Why a machine should be avoided: it failed recently. `until`: ISO 8601; the earlier, the better the machine. */
export type HostSuspicion = { readonly why: string; readonly until: string };

/** A builder as handed out by the pool; with a suspicion, another one is requested first. */
export type AcquiredBuilder = Builder & { readonly suspicion?: HostSuspicion };

/** How a build ends in an orderly way. */
export type BuildOutcome =
  /** `note`: something its user should know nevertheless. */
  | { readonly result: 'succeeded'; readonly packages: number; readonly note?: string }
  | { readonly result: 'failed'; readonly failure: FailureFact }
  | { readonly result: 'canceled'; readonly failure: FailureFact }
  /** The frontend withdrew the task, or has no record of it now: nothing was built. */
  | { readonly result: 'refused'; readonly failure: FailureFact };

/** How the workflow of a build completes; one that failed ends as Failed, with the failure's code as the type. */
export type BuildEnd = Extract<BuildOutcome, { readonly result: 'succeeded' | 'refused' }>;

export type WaitReason = { readonly reason: string; readonly detail: string };

/** Answer of the `status` query. Times are ISO 8601 UTC. */
export type BuildStatus = {
  readonly task: string;
  readonly kind: BuildKind;
  readonly stage: BuildStage;
  readonly since: string;
  readonly attempt: number;
  readonly host: string | null;
  readonly ticket: number | null;
  readonly waitingFor: WaitReason | null;
  readonly logBytes: number;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly outcome: BuildOutcome | null;
  readonly owner: string | null;
  readonly project: string | null;
  readonly chroot: string | null;
  readonly packageName: string | null;
  /** Path below the results root, known once the task was read. */
  readonly resultPath: string | null;
  /** Tickets that it had before, and may not have given back yet; absent: none. */
  readonly earlierTickets?: readonly number[];
};
