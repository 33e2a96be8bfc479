import type { BuildPlace, StagedPlace } from './build-place.js';

/**
 * Results until they are checked and signed: not public, in a separate place for each attempt. Rejects like
 * BuildDirectories.
 */
export type StagingArea = {
  /** Makes a new place for this attempt; returns its name. */
  readonly create: (place: BuildPlace) => Promise<string>;
  /** Records that everything which the builder of a ticket sent is staged: the builder may be released from now on. */
  readonly markDownloaded: (
    staged: StagedPlace,
    download: { readonly ticket: number; readonly files: number; readonly bytes: number },
  ) => Promise<void>;
  /** Name of the results that an earlier attempt marked for this ticket, if they are still complete. */
  readonly findDownloaded: (place: BuildPlace, ticket: number) => Promise<string | null>;
  /** Removes the staged results of all attempts of this build. */
  readonly discard: (place: BuildPlace) => Promise<void>;
};
