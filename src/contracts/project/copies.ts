import type { DirectoryId, ForkedBuild, RepositoryWork, WorkList } from '../action/action.js';
import type { FailureFact } from '../failures/failure-codes.js';
import type { ProjectId } from '../names/ids.js';
import type { InStore } from '../store-kind.js';

/** Input for the preparation of copies. */
export type OpenCopiesInput = InStore & {
  readonly actionId: number;
  /** Must have results; null: missing builds are simply left out. */
  readonly source: DirectoryId | null;
  readonly destination: DirectoryId;
  /** Whose chroots the copies go into. */
  readonly requests: WorkList<RepositoryWork>;
};

/** The part of a list that one activity copies: from the entry `first` on, at most `atMost` entries. */
export type Slice = { readonly first: number; readonly atMost: number };

export type ForkInput = Slice &
  InStore & {
    readonly actionId: number;
    readonly source: ProjectId;
    readonly destination: ProjectId;
    readonly builds: WorkList<ForkedBuild>;
    /** False: the copies carry no signature at all. */
    readonly sign: boolean;
  };

export type BranchInput = Slice &
  InStore & {
    readonly actionId: number;
    readonly directory: DirectoryId;
    /** Chroots. */
    readonly from: string;
    readonly to: string;
    readonly builds: WorkList<string>;
  };

export type CopyCounts = {
  /** Build directories put in place. */
  readonly copied: number;
  /** Already in place. */
  readonly standing: number;
  /** Have no results in the source. */
  readonly missing: number;
  /** Could not be copied or signed: the destination has no part of them. */
  readonly failed: number;
  /** Additional disk space: everything that is not a hard link. */
  readonly bytes: number;
};

export const NOTHING_COPIED: CopyCounts = { copied: 0, standing: 0, missing: 0, failed: 0, bytes: 0 };

/** Result of a slice. */
export type CopiedSlice = CopyCounts & {
  /** The entry to continue with; null: the list is done. */
  readonly next: number | null;
  /** Some of the missing, `<chroot>/<directory>`, for people. */
  readonly absent: readonly string[];
  /** Some of the failures, for people. */
  readonly failures: readonly { readonly build: string; readonly failure: FailureFact }[];
};

/** Both together. */
export function addCounts(one: CopyCounts, other: CopyCounts): CopyCounts {
  return {
    copied: one.copied + other.copied,
    standing: one.standing + other.standing,
    missing: one.missing + other.missing,
    failed: one.failed + other.failed,
    bytes: one.bytes + other.bytes,
  };
}
