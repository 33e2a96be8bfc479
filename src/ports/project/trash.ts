/** One thing removed from the results tree. */
export type TrashEntry = {
  readonly id: string;
  /** Below the results root. */
  readonly path: string;
  /** When it was put there. ISO 8601 UTC. */
  readonly at: string;
  /** When it is removed for good. */
  readonly goesAt: string;
  /** Who put it there: `action 71`, a repository. */
  readonly by: string;
};

/**
 * The limits of a removal: it stops after `atMost` files, or when the signal says so, and the next call goes on from
 * there.
 */
export type RemovalWatch = {
  readonly atMost: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (removed: number) => void;
};
export type Removal = { readonly removed: number; readonly done: boolean };

/**
 * The trash: deleted things stay there for `trash_hours`, on the same file system and hidden from the web server.
 * Rejects with PortFailure `StorageFailed`; not retryable if a path does not really lie in the tree.
 */
export type Trash = {
  /**
   * Takes a path (its names below the root: at least an owner and one name below it) out of the tree by one rename; if
   * `trash_hours` is 0, it is removed then. A path that does not exist counts as done. Safe to repeat.
   */
  readonly discard: (names: readonly string[], by: string, watch: RemovalWatch) => Promise<Removal>;
  /** Oldest first. */
  readonly list: () => Promise<readonly TrashEntry[]>;
  /** Puts it back to its old place. Rejects if that place is taken again. */
  readonly restore: (id: string) => Promise<TrashEntry>;
  /**
   * Removes what is due; with `all`, everything; with `id`, that entry. Rejects with the failure of another storage that
   * has a part of an entry, after all others were removed.
   */
  readonly empty: (watch: RemovalWatch & { readonly all?: boolean; readonly id?: string }) => Promise<Removal>;
};
