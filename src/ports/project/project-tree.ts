import type { ProjectId, RepositoryId } from '../../contracts/names/ids.js';
import type { Deletion } from '../../contracts/action/action.js';

/**
 * What actions look at and write in the results tree besides builds. Rejects with PortFailure: `StorageFailed`,
 * `ProjectDeleted` and `ProjectRenamed` (see BuildDirectories), `UploadInvalid` for what a user brought.
 */
export type ProjectTree = {
  /** True where something stands at the names below the root, links not followed. */
  readonly exists: (names: readonly string[]) => Promise<boolean>;
  /** What lies in a directory, whatever it is; nothing where there is none. One look for as many names as are asked. */
  readonly namesIn: (directory: readonly string[]) => Promise<Pick<ReadonlySet<string>, 'has'>>;
  /** Remembers that an action deletes this: what has been under way there since before makes nothing anew. */
  readonly rememberDeletion: (deletion: Deletion, actionId: number) => Promise<void>;
  /** The latest action that deleted it; null: none did. */
  readonly deletedBy: (deletion: Deletion) => Promise<number | null>;
  /** The latest action that took it away under another name (`owner/dirname`); null: none did, or it was deleted since. */
  readonly renamedBy: (deletion: Deletion) => Promise<{ readonly action: number; readonly to: string } | null>;
  /**
   * Moves all directories of a project under its new name and lets old URLs lead there; returns the new dirnames, sorted.
   * Safe to repeat by the same action. Rejects with `RenameRefused`, nothing touched, where the new name is taken, there is
   * nothing to rename, or an operator holds a repository of it.
   */
  readonly rename: (rename: {
    readonly source: ProjectId;
    readonly destination: ProjectId;
    readonly action: number;
    /** Its packages get signatures of another key. */
    readonly sign: boolean;
  }) => Promise<readonly string[]>;
  /** Makes the directory of what exists again after it was deleted. */
  readonly makeAnew: (deletion: Deletion) => Promise<void>;
  /** Another comps.xml, checked; null: none. False: it was so already. */
  readonly installComps: (repository: RepositoryId, comps: Buffer | null) => Promise<boolean>;
  /**
   * Puts a module's document into modules.yaml, in the place of one of the same name, stream, version, context and
   * architecture. A document without packages gets those of `builds`, as their results say.
   */
  readonly installModule: (repository: RepositoryId, document: string, builds: readonly number[]) => Promise<void>;
};
