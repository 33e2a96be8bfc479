import type { BuildPlace, StagedPlace } from '../build/build-place.js';

/**
 * Published packages that are changed: copies of them, beside, and the copies over the packages. Rejects with PortFailure
 * `StorageFailed`.
 */
export type PackageCopies = {
  /** Stages copies of a build's RPMs, which share nothing with the originals; `bytes` is the size of them all. */
  readonly copy: (
    place: BuildPlace,
    rpms: readonly string[],
  ) => Promise<{ readonly staging: string; readonly bytes: number }>;
  /** Puts staged RPMs over those of the same name, each at once; those whose original is gone are dropped. */
  readonly replace: (staged: StagedPlace) => Promise<void>;
};
