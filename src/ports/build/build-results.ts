import type { BuildPlace } from './build-place.js';

/** What results.json says (docs/neighbours/builder.md#results). */
export type RpmResults = {
  readonly packages: readonly {
    readonly name: string;
    readonly epoch: number | null;
    readonly version: string;
    readonly release: string;
    readonly arch: string;
  }[];
};
export type SourceResults = {
  readonly name: string;
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  /** Per distribution; keys as the builder wrote them. */
  readonly architectureSpecificTags: Readonly<Record<string, unknown>>;
};

/**
 * What builders leave of their builds: read where it lies, moved into its public place and taken back from there. Rejects
 * as BuildDirectories does, and with `ResultsInvalid` for content.
 */
export type BuildResults = {
  /** RPMs at the top of a directory, absolute and sorted. */
  readonly rpms: (directory: string) => Promise<readonly string[]>;
  /** True where copr-rpmbuild left its success marker. */
  readonly hasSuccess: (directory: string) => Promise<boolean>;
  readonly readRpmResults: (directory: string) => Promise<RpmResults>;
  readonly readSourceResults: (directory: string) => Promise<SourceResults>;
  /**
   * Names of files in `directory` that are called RPMs: those that rpm could not read as one (damaged, a link), and those
   * that say another name of themselves than `results` lists. Nothing is signed that was not listed; what its file is
   * called is the builder's matter (`_rpmfilename`).
   */
  readonly foreignRpms: (
    directory: string,
    results: RpmResults,
  ) => Promise<{ readonly unreadable: readonly string[]; readonly unlisted: readonly string[] }>;
  /** Moves what was staged into the result directory; what does not belong to this run goes. Safe to repeat. */
  readonly deliver: (place: BuildPlace, staging: string) => Promise<void>;
  /**
   * Removes the RPMs and the success marker of that delivery: its repository refused them. Returns how many RPMs went;
   * what another run delivered stays. Safe to repeat.
   */
  readonly withdraw: (place: BuildPlace, staging: string) => Promise<number>;
};
