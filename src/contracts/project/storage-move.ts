import type { ProjectId } from '../names/ids.js';

/**
 * The steps of the single writer of a chroot directory for the move of its project to Pulp (docs/decisions/0084):
 * `mirror`: Pulp lists what the tree lists; `leaveTree`: the same, and web servers find no metadata in the tree any more;
 * `returnToTree`: they find it again; `catchUp`: the tree also lists what was published at Pulp meanwhile; `retire`: what
 * clients get from Pulp leaves the tree. Each is safe to repeat.
 */
export type MoveStep = 'mirror' | 'leaveTree' | 'returnToTree' | 'catchUp' | 'retire';

/** A chroot directory with metadata in the tree. */
export type MoveChroot = {
  readonly dirname: string;
  readonly chroot: string;
  /** That the metadata lists, public and devel. */
  readonly packages: number;
  readonly bytes: number;
};

/** Packages of some build directories that are at Pulp now. */
export type MovedBatch = {
  /** The last build directory of the batch; null: the chroot is done. */
  readonly after: string | null;
  readonly packages: number;
  readonly bytes: number;
};

export type StorageMoveOutcome = {
  /** `undone`: clients get everything from the tree, as before. */
  readonly result: 'succeeded' | 'undone' | 'failed';
  readonly message: string | null;
};

/** Answer of the `status` query of a `changeStorage` workflow. Times are ISO 8601 UTC. */
export type StorageMoveStatus = ProjectId & {
  readonly stage:
    'planning' | 'copying' | 'waitingForLock' | 'cuttingOver' | 'soaking' | 'retiring' | 'undoing' | 'ended';
  readonly since: string;
  readonly chroots: readonly MoveChroot[];
  /** Index into `chroots`, and the last build directory that is done. */
  readonly position: { readonly chroot: number; readonly after: string | null };
  /** Copied in the first pass over `chroots`. */
  readonly done: { readonly packages: number; readonly bytes: number };
  /** When the first pass began; null: it has not. */
  readonly copyingSince: string | null;
  /** Clients get everything from Pulp. */
  readonly isCutOver: boolean;
  /** Until then it can be undone; null: before the cut-over. */
  readonly soakUntil: string | null;
  /** Who wants it to pause; null: it continues. */
  readonly paused: string | null;
  /** Who wants it undone; null: nobody. */
  readonly undoneBy: string | null;
  /** The last ones. */
  readonly problems: readonly string[];
  readonly outcome: StorageMoveOutcome | null;
};
