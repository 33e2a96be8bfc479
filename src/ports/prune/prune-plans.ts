import type { PruneCursor, PrunePlanFile } from '../../contracts/prune/prune.js';
import type { PlannedChroot, PlannedRemoval } from '../../domain/prune/prune-plan.js';

/** The next part of a plan: lines of one chroot directory. */
export type PlanPart = {
  readonly chroot: PlannedChroot;
  readonly removals: readonly PlannedRemoval[];
  /** Null: the plan has no further part. */
  readonly next: PruneCursor | null;
};

/**
 * Plans of prune runs, kept beside the results: every host that mounts the tree can read them. Rejects with
 * PortFailure: `StorageFailed`, and `PlanInvalid` for a file that is missing, was changed, or is not a plan.
 */
export type PrunePlans = {
  /** Keeps a plan; the same text gives the same plan. */
  readonly keep: (text: string) => Promise<PrunePlanFile>;
  /** Checks that the file has not changed since it was kept. */
  readonly verify: (plan: PrunePlanFile) => Promise<void>;
  /** The next removals of one chroot from `at` on: at least `lines`, or as many as there are; null: none are left. */
  readonly part: (plan: PrunePlanFile, at: PruneCursor, lines: number) => Promise<PlanPart | null>;
  /** Chroots to report as finally pruned. */
  readonly finals: (plan: PrunePlanFile) => Promise<readonly string[]>;
};
