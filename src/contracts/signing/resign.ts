import type { FailureFact } from '../failures/failure-codes.js';

/** A directory of a project whose packages are signed again; one line of `copr-fix-gpg`'s list. */
export type ResignTarget = { readonly owner: string; readonly dirname: string };

/** A chroot directory of it, and how many build directories it had when the plan was made. */
export type ResignChroot = {
  readonly chroot: string;
  readonly builds: number;
  /** It also has the devel metadata of a manual-createrepo project. */
  readonly devel: boolean;
};

/** The work that was done so far. */
export type ResignCounts = {
  /** Build directories that were examined. */
  readonly builds: number;
  /** RPMs signed now; the others already had a good signature. */
  readonly signed: number;
  /** Build directories in which something could not be signed; they are unchanged. */
  readonly failed: number;
};

/** Result of one batch. */
export type ResignedBatch = ResignCounts & {
  /** The last build directory of the batch; null: the chroot is done. */
  readonly after: string | null;
  /** Packages may differ from the metadata: some were signed now, or by an earlier attempt that died. */
  readonly isReplaced: boolean;
  /** Some of the failures, for people. */
  readonly failures: readonly { readonly build: string; readonly failure: FailureFact }[];
};

/** Answer of the `status` query of a `resign` workflow. Times are ISO 8601 UTC. */
export type ResignStatus = ResignTarget & {
  readonly stage:
    'planning' | 'waitingForKey' | 'waitingForLock' | 'signing' | 'publishing' | 'purging' | 'paused' | 'ended';
  readonly since: string;
  readonly chroots: readonly ResignChroot[];
  /** Index into `chroots`, and the last build directory that is done. */
  readonly position: { readonly chroot: number; readonly after: string | null };
  readonly done: ResignCounts;
  /** Who wants it to pause; null: it continues. */
  readonly paused: string | null;
  /** The last ones. */
  readonly problems: readonly string[];
  readonly outcome: ResignOutcome | null;
};

export type ResignOutcome = {
  readonly result: 'succeeded' | 'failed' | 'canceled';
  readonly done: ResignCounts;
  readonly message: string | null;
};
