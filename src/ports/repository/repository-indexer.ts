import type { RepositoryId } from '../../contracts/names/ids.js';
import type { GenerationOperation, Published, RepositoryRun } from '../../contracts/repository/repository.js';

/** One publication with complete lists: those of a plan file are included. */
export type IndexerRun = Omit<RepositoryRun, 'plan'>;

export type PublishOptions = { readonly signal?: AbortSignal; readonly onProgress?: (step: string) => void };

/**
 * Metadata of a chroot directory, changed in one publication: made beside the old ones, verified, put in place by one
 * rename. Rejects with PortFailure: `RepositoryFailed` (createrepo_c failed or its output did not verify; the message
 * carries the tail of stderr), `GenerationUnknown` and `GenerationIncomplete` for operations, `StorageFailed` (disk,
 * permissions). The caller is the only writer.
 */
export type RepositoryIndexer = {
  /** True if the metadata is there and readable: repomd.xml and every file it names. */
  readonly exists: (repository: RepositoryId, options: { readonly devel: boolean }) => Promise<boolean>;
  /** Runs one publication; for a missing or damaged repository it becomes a full run. */
  readonly publish: (repository: RepositoryId, run: IndexerRun, options: PublishOptions) => Promise<Published>;
  /** Executes an operator's command on the generations of the public metadata. Safe to repeat. */
  readonly operate: (
    repository: RepositoryId,
    operation: GenerationOperation,
    options: PublishOptions,
  ) => Promise<Published>;
  /**
   * Removes files that left the metadata and that no client can still be reading; returns when there is more to remove.
   */
  readonly collect: (
    repository: RepositoryId,
    options?: Pick<PublishOptions, 'signal'>,
  ) => Promise<{ readonly collectAt: string | null }>;
};
