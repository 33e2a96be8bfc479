import type { BuildPlace } from './build-place.js';

/**
 * The public directory of each build. Rejects with PortFailure `StorageFailed` (retryable: a full disk is emptied some
 * day), `ProjectDeleted` for a place that an action has deleted, `ProjectRenamed` for one that it took away under another
 * name: only `prepare` makes it anew.
 */
export type BuildDirectories = {
  /**
   * Makes the directory ready for a run. Remains of another run are put away as
   * docs/neighbours/storage.md#result-directories-of-an-earlier-run says; a second call by the same run (`runId`)
   * leaves everything as it is.
   */
  readonly prepare: (place: BuildPlace, runId: string) => Promise<void>;
  readonly writeBuildInfo: (
    place: BuildPlace,
    info: { readonly buildId: number; readonly host: string },
  ) => Promise<void>;
  /** Host of the builder that was noted last; null: none was. */
  readonly lastBuilder: (place: BuildPlace) => Promise<string | null>;
  /** Rejects with `ProjectDeleted` or `ProjectRenamed` when an action has taken the place away since it was prepared. */
  readonly refuseDeleted: (place: BuildPlace) => Promise<void>;
};
