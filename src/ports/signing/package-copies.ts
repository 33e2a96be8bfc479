import type { BuildPlace, StagedPlace } from '../build/build-place.js';

/**
 * Copies of published packages, for changing them: first made beside the packages, then put in their place. Rejects
 * with PortFailure `StorageFailed`.
 */
export type PackageCopies = {
  /** Stages copies of a build's RPMs that share no bytes with the originals; `bytes` is their total size. */
  readonly copy: (
    place: BuildPlace,
    rpms: readonly string[],
    signal?: AbortSignal,
  ) => Promise<{ readonly staging: string; readonly bytes: number }>;
  /** Replaces RPMs by the staged ones of the same name, each atomically; those whose original is gone are dropped. */
  readonly replace: (staged: StagedPlace) => Promise<void>;
};
