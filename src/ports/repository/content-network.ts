import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { RepositoryId } from '../../contracts/names/ids.js';

/** The copies of the results that a content network keeps near its users. */
export type ContentNetwork = {
  /**
   * Makes it drop its copies of a chroot directory; null: done, or there is no network. A refusal is returned as a
   * value, because nothing waits for it.
   */
  readonly purge: (repository: RepositoryId) => Promise<FailureFact | null>;
};
