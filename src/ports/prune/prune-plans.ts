import type { PruneCursor, PrunePlanFile } from '../../contracts/prune/prune.js';
import type { PlannedChroot, PlannedRemoval } from '../../domain/prune/prune-plan.js';

/** The next part of a plan: lines of one chroot directory. */
export type PlanPart = {
  readonly chroot: PlannedChroot;
  readonly removals: readonly PlannedRemoval[];
  /** Null: the plan is at its end. */
  readonly next: PruneCursor | null;
};

/**
 * Plans of prune runs, kept beside the results: every host that mounts the tree can read them. Rejects with PortFailure:
 * `StorageFailed`, and `PlanInvalid` for a file that is gone, is not what was kept, or is no plan.
 */
export type PrunePlans = {
  /** Keeps a plan; the same text is the same plan. */
  readonly keep: (text: string) => Promise<PrunePlanFile>;
  /** Proves that the file is still what was kept. */
  readonly verify: (plan: PrunePlanFile) => Promise<void>;
  /** At least `lines` removals of one chroot from `at` on, as far as there are so many; null: there are no more. */
  readonly part: (plan: PrunePlanFile, at: PruneCursor, lines: number) => Promise<PlanPart | null>;
  /** Chroots to report as finally pruned. */
  readonly finals: (plan: PrunePlanFile) => Promise<readonly string[]>;
};
