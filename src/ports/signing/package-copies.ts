import type { BuildPlace } from '../build/build-place.js';

/**
 * Published packages that are changed: copies of them, beside, and the copies over the packages. Rejects with PortFailure
 * `StorageFailed`.
 */
export type PackageCopies = {
  /**
   * Copies a build directory's RPMs into a fresh staging directory; returns its path. The copies share nothing with the
   * originals.
   */
  readonly copy: (place: BuildPlace, names: readonly string[]) => Promise<string>;
  /** Puts staged RPMs over those of the same name, one rename each; those whose original is gone are dropped. */
  readonly replace: (place: BuildPlace, staging: string) => Promise<void>;
};
