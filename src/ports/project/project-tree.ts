import type { ProjectId, RepositoryId } from '../../contracts/names/ids.js';
import type { Deletion } from '../../contracts/action/action.js';

/**
 * The things that actions read and write in the results tree besides builds. Rejects with PortFailure: `StorageFailed`,
 * `ProjectDeleted` and `ProjectRenamed` (see BuildDirectories), `UploadInvalid` for a user's file.
 */
export type ProjectTree = {
  /** True if something exists at these names below the root; links are not followed. */
  readonly exists: (names: readonly string[]) => Promise<boolean>;
  /** The entries of a directory, of any kind; none if it does not exist. Takes one look for any number of names. */
  readonly namesIn: (directory: readonly string[]) => Promise<Pick<ReadonlySet<string>, 'has'>>;
  /** Records that an action deletes this, so that work begun before does not create it again. */
  readonly rememberDeletion: (deletion: Deletion, actionId: number) => Promise<void>;
  /** The latest action that deleted it; null: none did. */
  readonly deletedBy: (deletion: Deletion) => Promise<number | null>;
  /** The latest action that renamed it (`owner/dirname`); null: none did, or it was deleted since. */
  readonly renamedBy: (deletion: Deletion) => Promise<{ readonly action: number; readonly to: string } | null>;
  /**
   * Moves all directories of a project to its new name and makes old URLs lead there; returns the new dirnames, sorted.
   * Safe to repeat by the same action. Rejects with `RenameRefused`, with nothing touched, if the new name is taken,
   * there is nothing to rename, or an operator holds one of its repositories.
   * A signal that aborts it leaves a rename that the same action continues.
   */
  readonly rename: (
    rename: {
      readonly source: ProjectId;
      readonly destination: ProjectId;
      readonly action: number;
      /** Its packages get signatures of another key. */
      readonly sign: boolean;
    },
    options?: { readonly signal?: AbortSignal },
  ) => Promise<readonly string[]>;
  /** Dirnames of what exists of a project, sorted; the main directory comes first. */
  readonly directories: (project: ProjectId) => Promise<readonly string[]>;
  /** Creates the directory of something that exists again after it was deleted. */
  readonly recreate: (deletion: Deletion) => Promise<void>;
  /** Installs another comps.xml after checking it; null: removes it. False: nothing had to change. */
  readonly installComps: (repository: RepositoryId, comps: Buffer | null) => Promise<boolean>;
  /**
   * Puts a module's document into modules.yaml, replacing one with the same name, stream, version, context and
   * architecture. A document without packages gets those of `builds`, taken from their results.
   */
  readonly installModule: (repository: RepositoryId, document: string, builds: readonly number[]) => Promise<void>;
};
