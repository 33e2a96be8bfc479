import type { RepositoryId } from '../contracts/names/ids.js';
import type { ChangeLists, PlanFile, RepositoryChange } from '../contracts/repository/repository.js';

/**
 * Lists of thousands of paths, kept in files so that no history carries them. Rejects with PortFailure:
 * `StorageFailed`, and `RepositoryFailed` for a file that is missing or was changed since.
 */
export type PlanFiles = {
  /**
   * The same command in short: if its lists have more than `MAX_INLINE_LIST` entries in total, they move into a file.
   * Safe to repeat.
   */
  readonly shorten: (repository: RepositoryId, change: RepositoryChange) => Promise<RepositoryChange>;
  /** The content of the file. */
  readonly read: (repository: RepositoryId, plan: PlanFile) => Promise<ChangeLists>;
};
