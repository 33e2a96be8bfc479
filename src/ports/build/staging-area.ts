import type { BuildPlace } from './build-place.js';

/**
 * Where results lie until they are checked and signed: out of the public's sight, a directory of its own for each attempt.
 * Rejects as BuildDirectories does.
 */
export type StagingArea = {
  /** A fresh directory of this attempt's own on the same file system; returns its absolute path. */
  readonly create: (place: BuildPlace) => Promise<string>;
  /**
   * Writes down that a staging directory (absolute) holds all that the builder of a ticket sent: from here on that builder
   * may be given away.
   */
  readonly markDownloaded: (
    place: BuildPlace,
    download: { readonly ticket: number; readonly staging: string; readonly files: number; readonly bytes: number },
  ) => Promise<void>;
  /** The staging directory (absolute) that an earlier attempt marked for this ticket, if it is still whole. */
  readonly findDownloaded: (place: BuildPlace, ticket: number) => Promise<string | null>;
  /** Last path segment as it is stored in histories; `path(place, name)` is the way back. */
  readonly nameOf: (path: string) => string;
  readonly path: (place: BuildPlace, name: string) => string;
  /** Removes what is staged of this build, of all attempts. */
  readonly discard: (place: BuildPlace) => Promise<void>;
};
