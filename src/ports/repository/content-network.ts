import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { RepositoryId } from '../../contracts/names/ids.js';

/** Copies of the results that a content network keeps near its users. */
export type ContentNetwork = {
  /** Makes it forget all of a chroot directory; null: done, or there is none. Its refusal is a value: nothing waits for it. */
  readonly purge: (repository: RepositoryId) => Promise<FailureFact | null>;
};
