import type { BuildPlace } from './build-place.js';

/** The backend's own messages about each build, for people. Rejects like BuildDirectories. */
export type BackendLog = {
  /** Appends lines to backend.log in the known format (docs/neighbours/storage.md#log-of-a-build). */
  readonly note: (place: BuildPlace, lines: readonly string[], level?: 'INFO' | 'WARNING' | 'ERROR') => Promise<void>;
  /**
   * Compresses all logs of the build; returns the names of the compressed ones. Safe to repeat. With `keepsOpen`,
   * backend.log stays beside its compressed copy, and takes further lines until the next call without it.
   */
  readonly compressLogs: (place: BuildPlace, options?: { readonly keepsOpen: boolean }) => Promise<readonly string[]>;
  /** True if this run's backend.log was compressed, even if it is still open. */
  readonly isCompressed: (place: BuildPlace) => Promise<boolean>;
};
