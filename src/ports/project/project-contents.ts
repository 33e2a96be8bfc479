import type { DirectoryId } from '../../contracts/action/action.js';
import type { RepositoryId } from '../../contracts/names/ids.js';

/** The contents of a project's directory. Rejects with PortFailure `StorageFailed`. */
export type ProjectContents = {
  /** Names of its chroots, sorted; without source builds, modules and metadata. */
  readonly chroots: (directory: DirectoryId) => Promise<readonly string[]>;
  /** Names of the build directories of a chroot, sorted. */
  readonly builds: (repository: RepositoryId) => Promise<readonly string[]>;
};
