import type { BuildPlace } from './build-place.js';

/** What the backend itself says of each build, for people. Rejects as BuildDirectories does. */
export type BackendLog = {
  /** Appends lines to backend.log in the known format (docs/neighbours/storage.md#log-of-a-build). */
  readonly note: (place: BuildPlace, lines: readonly string[], level?: 'INFO' | 'WARNING' | 'ERROR') => Promise<void>;
  /**
   * Compresses the build's logs, this one and the others; returns the names that are compressed now. Safe to repeat. With
   * `keepsOpen`, backend.log stays beside what it was compressed to, and takes further lines until the next call without.
   */
  readonly compressLogs: (place: BuildPlace, options?: { readonly keepsOpen: boolean }) => Promise<readonly string[]>;
  /** True where this run's backend.log was compressed, be it still open or not. */
  readonly isCompressed: (place: BuildPlace) => Promise<boolean>;
};
