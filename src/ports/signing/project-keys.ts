import type { DirectoryId } from '../../contracts/action/action.js';

/**
 * The public key that each directory of a project shows. Rejects with PortFailure: `StorageFailed`, and `ProjectDeleted` or
 * `ProjectRenamed` where an action has taken the directory away.
 */
export type ProjectKeys = {
  /** Shows this key from here on: all of it or the one before, at every moment. Writes nothing where it is shown already. */
  readonly write: (directory: DirectoryId, armored: string) => Promise<void>;
  readonly has: (directory: DirectoryId) => Promise<boolean>;
  /** True where the key is this very text. */
  readonly matches: (directory: DirectoryId, armored: string) => Promise<boolean>;
};
