import type { RepositoryId } from '../contracts/names/ids.js';
import type { ChangeLists, PlanFile, RepositoryChange } from '../contracts/repository/repository.js';

/**
 * Lists of thousands of paths, kept in files so that no history carries them. Rejects with PortFailure: `StorageFailed`,
 * and `RepositoryFailed` for a file that is gone or is not the one that was written.
 */
export type PlanFiles = {
  /** The same command in small: lists of more than `MAX_INLINE_LIST` entries in all move into a file. Safe to repeat. */
  readonly shorten: (repository: RepositoryId, change: RepositoryChange) => Promise<RepositoryChange>;
  /** What stands in the file. */
  readonly read: (repository: RepositoryId, plan: PlanFile) => Promise<ChangeLists>;
};
