import type { ResultsPlace, StagedPlace } from './build-place.js';

/** The content of results.json (docs/neighbours/builder.md#results). */
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
 * Results that builders leave: read, moved into their public place and withdrawn from there. Rejects like
 * BuildDirectories, and with `ResultsInvalid` for their content.
 */
export type BuildResults = {
  /** Names of the RPMs, sorted. */
  readonly rpms: (of: ResultsPlace) => Promise<readonly string[]>;
  /** True if copr-rpmbuild left its success marker. */
  readonly hasSuccess: (of: ResultsPlace) => Promise<boolean>;
  readonly readRpmResults: (of: ResultsPlace) => Promise<RpmResults>;
  readonly readSourceResults: (of: ResultsPlace) => Promise<SourceResults>;
  /**
   * Names of `.rpm` files that rpm cannot read as packages (damaged, a link) or that contain another package than
   * `results` lists. Nothing unlisted is signed; the name of a package's file is the builder's choice (`_rpmfilename`).
   */
  readonly foreignRpms: (
    of: ResultsPlace,
    results: RpmResults,
  ) => Promise<{ readonly unreadable: readonly string[]; readonly unlisted: readonly string[] }>;
  /** Moves the staged results into their public place and removes files of other runs. Safe to repeat. */
  readonly deliver: (staged: StagedPlace) => Promise<void>;
  /**
   * Moves the results of a failed build into their public place for people to read: RPMs that nobody signed or checked
   * stay out, and so does the success marker. Files that are no longer staged were delivered by an earlier attempt.
   */
  readonly deliverForReading: (staged: StagedPlace) => Promise<void>;
  /**
   * Removes the RPMs and the success marker of that delivery, because its repository refused them. Returns the number
   * of RPMs removed; files delivered by another run stay. Safe to repeat.
   */
  readonly withdraw: (staged: StagedPlace) => Promise<number>;
};
