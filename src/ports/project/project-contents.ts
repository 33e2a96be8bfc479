import type { DirectoryId } from '../../contracts/action/action.js';
import type { RepositoryId } from '../../contracts/names/ids.js';

/** What a directory of a project holds. Rejects with PortFailure `StorageFailed`. */
export type ProjectContents = {
  /** Names of its chroots, sorted; none of source builds, modules or metadata. */
  readonly chroots: (directory: DirectoryId) => Promise<readonly string[]>;
  /** Names of the build directories of a chroot, sorted. */
  readonly builds: (repository: RepositoryId) => Promise<readonly string[]>;
};
