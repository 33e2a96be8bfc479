import type { ResultsPlace, StagedPlace } from './build-place.js';

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
  /** Names of the RPMs, sorted. */
  readonly rpms: (of: ResultsPlace) => Promise<readonly string[]>;
  /** True where copr-rpmbuild left its success marker. */
  readonly hasSuccess: (of: ResultsPlace) => Promise<boolean>;
  readonly readRpmResults: (of: ResultsPlace) => Promise<RpmResults>;
  readonly readSourceResults: (of: ResultsPlace) => Promise<SourceResults>;
  /**
   * Names of files that are called RPMs: those that rpm could not read as one (damaged, a link), and those that say another
   * name of themselves than `results` lists. Nothing is signed that was not listed; what its file is called is the
   * builder's matter (`_rpmfilename`).
   */
  readonly foreignRpms: (
    of: ResultsPlace,
    results: RpmResults,
  ) => Promise<{ readonly unreadable: readonly string[]; readonly unlisted: readonly string[] }>;
  /** Moves what was staged into its public place; what does not belong to this run goes. Safe to repeat. */
  readonly deliver: (staged: StagedPlace) => Promise<void>;
  /**
   * Moves in what a build that failed left for people to read: RPMs that nobody signed or checked stay out, and so does the
   * success marker. What is not staged any more was delivered by an earlier attempt.
   */
  readonly deliverForReading: (staged: StagedPlace) => Promise<void>;
  /**
   * Removes the RPMs and the success marker of that delivery: its repository refused them. Returns how many RPMs went;
   * what another run delivered stays. Safe to repeat.
   */
  readonly withdraw: (staged: StagedPlace) => Promise<number>;
};
