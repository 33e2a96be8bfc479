import type { RepositoryId } from './ids.js';

/** One requester's wish for a directory's metadata (createrepo.md §1). */
export type RepositoryChange = {
  /** `ensure`: make it if it is missing; `full`: scan the tree; `add`: index these build directories. */
  readonly kind: 'ensure' | 'full' | 'add';
  /** Build directories below the chroot directory, for `add`. */
  readonly add: readonly string[];
  /** True: `devel/repodata` only (manual-createrepo projects). */
  readonly devel: boolean;
};

/** Several wishes made one run. */
export type RepositoryRun = {
  readonly devel: boolean;
  readonly full: boolean;
  readonly add: readonly string[];
};

export type PublishInput = { readonly repository: RepositoryId; readonly run: RepositoryRun };

/** What stands in the metadata after a run. */
export type Published = { readonly packages: number; readonly revision: string; readonly changed: boolean };

/** Answer of the `changes` query. */
export type RepositoryStatus = {
  readonly repository: RepositoryId;
  readonly running: RepositoryRun | null;
  readonly waiting: number;
  readonly runs: number;
  readonly lastPublished: (Published & { readonly at: string }) | null;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
};
