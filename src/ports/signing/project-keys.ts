import type { DirectoryId } from '../../contracts/action/action.js';

/**
 * The public key that each directory of a project shows. Rejects with PortFailure: `StorageFailed`, and
 * `ProjectDeleted` or `ProjectRenamed` if an action has deleted or renamed the directory.
 */
export type ProjectKeys = {
  /**
   * Shows this key from now on; at every moment readers see either all of it or the previous one. Writes nothing if it
   * is already shown.
   */
  readonly write: (directory: DirectoryId, armored: string) => Promise<void>;
  readonly has: (directory: DirectoryId) => Promise<boolean>;
  /** True if the shown key is exactly this text. */
  readonly matches: (directory: DirectoryId, armored: string) => Promise<boolean>;
};
