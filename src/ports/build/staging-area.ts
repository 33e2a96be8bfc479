import type { BuildPlace, StagedPlace } from './build-place.js';

/**
 * Where results lie until they are checked and signed: out of the public's sight, a place of its own for each attempt.
 * Rejects as BuildDirectories does.
 */
export type StagingArea = {
  /** Makes a fresh place of this attempt's own; returns its name. */
  readonly create: (place: BuildPlace) => Promise<string>;
  /**
   * Writes down that what is staged is all that the builder of a ticket sent: from here on that builder may be given away.
   */
  readonly markDownloaded: (
    staged: StagedPlace,
    download: { readonly ticket: number; readonly files: number; readonly bytes: number },
  ) => Promise<void>;
  /** Name of what an earlier attempt marked for this ticket, if it is still whole. */
  readonly findDownloaded: (place: BuildPlace, ticket: number) => Promise<string | null>;
  /** Removes what is staged of this build, of all attempts. */
  readonly discard: (place: BuildPlace) => Promise<void>;
};
