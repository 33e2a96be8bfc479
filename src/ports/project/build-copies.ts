import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import type { BuildPlace } from '../build/build-place.js';

/** A build directory that shall stand in another place too. */
export type BuildCopy = {
  readonly from: BuildPlace;
  readonly to: BuildPlace;
  /** `links`: packages stay what they are, and share their bytes; `copies`: they will be changed in the copy. */
  readonly packages: 'links' | 'copies';
  /** Noted in build.info of the copy; null: build.info stays as it is. */
  readonly fromChroot: string | null;
};

/** A copy beside its place, where nobody sees it; it may be changed there. */
export type StagedCopy = {
  readonly to: BuildPlace;
  readonly staging: string;
  /** Names of the packages at its top, sorted. */
  readonly rpms: readonly string[];
  /** Bytes of its packages. */
  readonly packageBytes: number;
  /** What the disk holds more for it. */
  readonly bytes: number;
  /** What was not copied, below the directory, and why: links that lead out of it, what is neither file nor directory. */
  readonly leftOut: readonly string[];
};

/** `standing`: its place is taken, and stays as it is; `missing`: there is no such build in the source. */
export type Staging =
  | { readonly state: 'staged'; readonly copy: StagedCopy }
  | { readonly state: 'standing' }
  | { readonly state: 'missing' };

/**
 * Copies of build directories within the results tree: made beside, changed there, renamed in. A file that somebody may
 * write to is a file of its own in the copy; all others are hard links where the file system can. The source is only read.
 * Rejects with PortFailure: `StorageFailed`, `ProjectDeleted` (see BuildDirectories). The caller has the destination's lock.
 */
export type BuildCopies = {
  /**
   * Dirnames under which build directories of a chroot lie, by their names: the project's own, or one beside it
   * (`hello:pr:7`). What lies nowhere is left out.
   */
  readonly locate: (
    project: ProjectId,
    chroot: string,
    names: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
  readonly stage: (copy: BuildCopy) => Promise<Staging>;
  /**
   * Renames copies into their places; packages of their own are durable before they are seen. Answers for each what the
   * disk holds more; null: somebody was there first, and the copy is dropped.
   */
  readonly commit: (copies: readonly StagedCopy[]) => Promise<readonly { readonly bytes: number | null }[]>;
  /** Removes a copy that shall not be put in. */
  readonly drop: (copy: StagedCopy) => Promise<void>;
  /** Removes all copies that were begun in a directory and never put in. */
  readonly dropUnfinished: (of: DirectoryId) => Promise<void>;
};
