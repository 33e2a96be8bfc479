import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import type { BuildPlace } from '../build/build-place.js';

/** A build directory to be copied to another place. */
export type BuildCopy = {
  readonly from: BuildPlace;
  readonly to: BuildPlace;
  /** `links`: packages are not changed, and share their bytes; `copies`: they will be changed in the copy. */
  readonly packages: 'links' | 'copies';
  /** Noted in build.info of the copy; null: build.info is left unchanged. */
  readonly fromChroot: string | null;
};

/** A copy beside its final place, where nobody sees it; it may be changed there. */
export type StagedCopy = {
  readonly to: BuildPlace;
  readonly staging: string;
  /** Names of the packages at its top, sorted. */
  readonly rpms: readonly string[];
  /** Bytes of its packages. */
  readonly packageBytes: number;
  /** Disk space that it takes. */
  readonly bytes: number;
  /**
   * Entries below the directory that were not copied, and why: links that lead out of it, and anything that is neither
   * a file nor a directory.
   */
  readonly leftOut: readonly string[];
};

/** `standing`: its place is taken and stays unchanged; `missing`: the source has no such build. */
export type Staging =
  | { readonly state: 'staged'; readonly copy: StagedCopy }
  | { readonly state: 'standing' }
  | { readonly state: 'missing' };

/**
 * Copies of build directories within the results tree: made beside their place, changed there, renamed into place. A
 * file that somebody may write to becomes a separate file in the copy; all others are hard links if the file system
 * allows. The source is only read. Rejects with PortFailure: `StorageFailed`, `ProjectDeleted` (see BuildDirectories).
 * The caller has the destination's lock.
 */
export type BuildCopies = {
  /**
   * Finds the dirnames that hold build directories of a chroot, by the directories' names: the project's own dirname,
   * or one beside it (`hello:pr:7`). Directories that exist nowhere are left out.
   */
  readonly locate: (
    project: ProjectId,
    chroot: string,
    names: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
  readonly stage: (copy: BuildCopy, signal?: AbortSignal) => Promise<Staging>;
  /**
   * Renames copies into their places; packages that are not links are durable before they become visible. Returns the
   * disk space that each one takes; null: another was there first, and the copy is dropped.
   */
  readonly commit: (copies: readonly StagedCopy[]) => Promise<readonly { readonly bytes: number | null }[]>;
  /** Removes a copy that is not to be committed. */
  readonly drop: (copy: StagedCopy) => Promise<void>;
  /** Removes all copies that were begun in a directory and never committed. */
  readonly dropUnfinished: (of: DirectoryId) => Promise<void>;
};
