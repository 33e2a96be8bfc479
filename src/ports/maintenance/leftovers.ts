/** A directory that may be left over in the results tree: its names below the root, and its parent's kind. */
export type TreeDirectory = {
  readonly names: readonly string[];
  /** Where it lies: beside the chroots, beside the builds, or inside a build. */
  readonly level: 'project' | 'chroot' | 'build';
  /** Status change (ctime) in milliseconds since the epoch. */
  readonly changedAt: number;
  /** Distinguishes it from a later directory with the same name. */
  readonly inode: number;
};

/** Directories of the results tree, for clean-up. Rejects with PortFailure `StorageFailed`. */
export type LeftoverTree = {
  /**
   * The directories of every project, chroot and build, without links and without the backend's own hidden ones.
   * `refused` gets a line about each part of the tree that cannot be read.
   */
  readonly directories: (signal: AbortSignal, refused: (line: string) => void) => AsyncIterable<TreeDirectory>;
  /** Sorted names of what is in it; empty if it has gone. */
  readonly namesIn: (directory: TreeDirectory) => Promise<readonly string[]>;
  /** Moves it into the trash, unless it has changed since it was found: `kept`. */
  readonly discard: (directory: TreeDirectory, signal: AbortSignal) => Promise<'discarded' | 'kept'>;
};
