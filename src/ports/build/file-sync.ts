import type { StagedPlace } from './build-place.js';
import type { BuilderAddress } from './remote-shell.js';

/**
 * Files from a builder. Rejects with PortFailure: `DownloadFailed` (retryable), `ResultsTooLarge` or `ResultsInvalid`
 * (the listing, read before anything is copied, shows more than `maxBytes` or names that must not be copied).
 */
export type FileSync = {
  readonly download: (request: {
    readonly from: BuilderAddress & { readonly hostKey: string };
    /** Absolute directory on the builder; its content is copied, regular files, directories and inner links only. */
    readonly source: string;
    /**
     * Destination. A log of the transfer, for people, is kept beside the build's other logs; each call starts a new
     * one.
     */
    readonly to: StagedPlace;
    /** Part of that log's name. */
    readonly buildId: number;
    readonly maxBytes: number;
    /** Only these top-level names (patterns of rsync(1)); default: everything. */
    readonly only?: readonly string[];
    readonly signal?: AbortSignal;
    readonly onProgress?: () => void;
  }) => Promise<{ readonly files: number; readonly bytes: number }>;
};
