import type { RepositoryId } from '../../contracts/names/ids.js';
import type { Published, RepositoryOperation, RepositoryRun } from '../../contracts/repository/repository.js';

/** One publication, its lists complete: what a plan file held stands in them. */
export type IndexerRun = Omit<RepositoryRun, 'plan'>;

export type PublishOptions = { readonly signal?: AbortSignal; readonly onProgress?: (step: string) => void };

/**
 * Metadata of a chroot directory, changed as one publication (design: beside, verified, one rename).
 * Rejects with PortFailure: `RepositoryFailed` (createrepo_c failed or its output did not verify; the message carries
 * the tail of stderr), `GenerationUnknown` and `GenerationIncomplete` for operations, `StorageFailed` (disk,
 * permissions). The caller is the only writer.
 */
export type RepositoryIndexer = {
  /** True when the metadata is there and readable: repomd.xml and every file it names. */
  readonly exists: (repository: RepositoryId, options: { readonly devel: boolean }) => Promise<boolean>;
  /** Runs one publication; a missing or damaged repository heals into a full run. */
  readonly publish: (repository: RepositoryId, run: IndexerRun, options: PublishOptions) => Promise<Published>;
  /** Does what an operator wants of the generations of the public metadata. Safe to repeat. */
  readonly operate: (
    repository: RepositoryId,
    operation: RepositoryOperation,
    options: PublishOptions,
  ) => Promise<Published>;
  /** Removes what left the metadata and no client can be reading; answers when there is more to remove. */
  readonly collect: (repository: RepositoryId) => Promise<{ readonly collectAt: string | null }>;
};
