/** One thing that was taken out of the results tree. */
export type TrashEntry = {
  readonly id: string;
  /** Below the results root. */
  readonly path: string;
  /** When it was put there. ISO 8601 UTC. */
  readonly at: string;
  /** When it goes for good. */
  readonly goesAt: string;
  /** Who put it there: `action 71`, a repository. */
  readonly by: string;
};

/** How a removal is watched: it stops after `atMost` files, or when the signal says so, and goes on from there. */
export type RemovalWatch = {
  readonly atMost: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (removed: number) => void;
};
export type Removal = { readonly removed: number; readonly done: boolean };

/**
 * Where deleted things rest for `trash_hours`, on the same file system and out of the web server's sight. Rejects with
 * PortFailure `StorageFailed`; not retryable where a path does not really lie in the tree.
 */
export type Trash = {
  /**
   * Takes a path (its names below the root, at least an owner and something of theirs) out of the tree by one rename;
   * with `trash_hours` 0 it is removed then. What is not there is done already. Safe to repeat.
   */
  readonly discard: (names: readonly string[], by: string, watch: RemovalWatch) => Promise<Removal>;
  /** Oldest first. */
  readonly list: () => Promise<readonly TrashEntry[]>;
  /** Puts it back where it was. Rejects where something stands there again. */
  readonly restore: (id: string) => Promise<TrashEntry>;
  /** Removes what is due; with `all`, everything; with `id`, that one. */
  readonly empty: (watch: RemovalWatch & { readonly all?: boolean; readonly id?: string }) => Promise<Removal>;
};
