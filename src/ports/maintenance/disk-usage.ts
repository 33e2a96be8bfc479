import type { Dated, DrawnSample } from '../../domain/maintenance/usage-page.js';
import type { UsageSample } from '../../domain/maintenance/usage-sample.js';

/** How many KiB the directories of the results tree take. Rejects with PortFailure `StorageFailed`. */
export type DiskUsage = {
  /**
   * Measures every directory below the results root and passes each on: its names below the root, and the KiB of it
   * with everything in it. The order is that of the measuring program. Returns what could not be read, in lines for
   * people.
   */
  readonly measure: (
    each: (names: readonly string[], kib: number) => void,
    options: { readonly signal: AbortSignal; readonly listing: string | null },
  ) => Promise<readonly string[]>;
};

/** The samples of earlier rounds and the page made of them. Rejects with PortFailure `StorageFailed`. */
export type UsageSamples = {
  /** Rejects, and not for a while only, where samples cannot be compressed. */
  readonly prepare: () => Promise<void>;
  /** Path of the listing of a sample, before it is compressed. */
  readonly listingOf: (at: number) => Promise<string>;
  /** Keeps a sample, compressed; `file`: there instead of among the others. Returns the path written. */
  readonly keep: (dated: Dated<UsageSample>, file: string | null) => Promise<string>;
  /** Compresses the listing of a sample, or removes it. */
  readonly finishListing: (listing: string, what: 'compress' | 'remove') => Promise<void>;
  /** The drawn part of all samples, oldest first, with a line about each that cannot be read. */
  readonly all: () => Promise<{
    readonly samples: readonly Dated<DrawnSample>[];
    readonly troubles: readonly string[];
  }>;
  /** Replaces the pages, HTML by name. Returns the path of `index.html`. */
  readonly publishPages: (pages: ReadonlyMap<string, string>) => Promise<string>;
};
