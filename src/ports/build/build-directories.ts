import type { BuildPlace } from './build-place.js';

/**
 * The public directory of each build. Rejects with PortFailure `StorageFailed` (retryable: space on a full disk will be
 * freed some day), `ProjectDeleted` for a place that an action has deleted, `ProjectRenamed` for one that it has
 * renamed: only `prepare` creates it again.
 */
export type BuildDirectories = {
  /**
   * Makes the directory ready for a run. Remains of another run are moved as
   * docs/neighbours/storage.md#result-directories-of-an-earlier-run says; a second call by the same run (`runId`)
   * changes nothing.
   */
  readonly prepare: (place: BuildPlace, runId: string) => Promise<void>;
  readonly writeBuildInfo: (
    place: BuildPlace,
    info: { readonly buildId: number; readonly host: string },
  ) => Promise<void>;
  /** Host of the last noted builder; null: none was noted. */
  readonly lastBuilder: (place: BuildPlace) => Promise<string | null>;
  /**
   * Rejects with `ProjectDeleted` or `ProjectRenamed` if an action has deleted or renamed the place since it was
   * prepared.
   */
  readonly refuseDeleted: (place: BuildPlace) => Promise<void>;
};
