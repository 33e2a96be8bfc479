import type { RepositoryId } from '../../contracts/names/ids.js';

/**
 * The results tree (docs/neighbours/storage.md#tree). Every path is made from parsed names and proven to lie below the
 * root. Rejects with PortFailure `StorageFailed` (retryable: a full disk is emptied some day), `ResultsInvalid` for
 * content, `ProjectDeleted` for a place that an action has deleted, `ProjectRenamed` for one that it took away under
 * another name: only `prepare` makes it anew.
 */
export type BuildPlace = {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: string;
  readonly targetDir: string;
};

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

export type ResultTree = {
  /** Absolute result directory. */
  readonly path: (place: BuildPlace) => string;
  /**
   * Makes the result directory ready for a run. Remains of another run are put away as
   * docs/neighbours/storage.md#result-directories-of-an-earlier-run says; a second call by the same run (`runId`)
   * leaves everything as it is.
   */
  readonly prepare: (place: BuildPlace, runId: string) => Promise<void>;
  /** Appends lines to backend.log in the known format (docs/neighbours/storage.md#log-of-a-build). */
  readonly note: (place: BuildPlace, lines: readonly string[], level?: 'INFO' | 'WARNING' | 'ERROR') => Promise<void>;
  readonly writeBuildInfo: (
    place: BuildPlace,
    info: { readonly buildId: number; readonly host: string },
  ) => Promise<void>;
  /** Ends an earlier attempt's part of the live log with a divider; returns the offset at which the next part begins. */
  readonly beginLiveLog: (place: BuildPlace, divider: string) => Promise<number>;
  /** Opens the live log for one follower; older followers of the same file stop writing. */
  readonly followLiveLog: (place: BuildPlace, base: number) => Promise<LiveLog>;
  /** A fresh directory of this attempt's own on the same file system; returns its absolute path. */
  readonly newStaging: (place: BuildPlace) => Promise<string>;
  /**
   * Writes down that a staging directory (absolute) holds all that the builder of a ticket sent: from here on that builder
   * may be given away.
   */
  readonly markDownloaded: (
    place: BuildPlace,
    download: { readonly ticket: number; readonly staging: string; readonly files: number; readonly bytes: number },
  ) => Promise<void>;
  /** The staging directory (absolute) that an earlier attempt marked for this ticket, if it is still whole. */
  readonly findDownloaded: (place: BuildPlace, ticket: number) => Promise<string | null>;
  /** Last path segment as it is stored in histories; `staging(place, name)` is the way back. */
  readonly stagingName: (path: string) => string;
  readonly staging: (place: BuildPlace, name: string) => string;
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
  /** Rejects with `ProjectDeleted` or `ProjectRenamed` when an action has taken the place away since it was prepared. */
  readonly refuseDeleted: (place: BuildPlace) => Promise<void>;
  /** Removes staging directories of this build (all attempts). */
  readonly discardStaging: (place: BuildPlace) => Promise<void>;
  /**
   * gzips the logs in place by rename; returns the names that are compressed now. Safe to repeat. With `keepsOpen`,
   * backend.log stays beside what it was compressed to, and takes further lines until the next call without.
   */
  readonly compressLogs: (place: BuildPlace, options?: { readonly keepsOpen: boolean }) => Promise<readonly string[]>;
  /** True where this run's backend.log was compressed, be it still open or not. */
  readonly hasCompressedLog: (place: BuildPlace) => Promise<boolean>;
  /** Writes `<owner>/<dirname>/pubkey.gpg` atomically, only when it differs. */
  readonly writePublicKey: (
    directory: { readonly owner: string; readonly dirname: string },
    armored: string,
  ) => Promise<void>;
  readonly hasPublicKey: (directory: { readonly owner: string; readonly dirname: string }) => Promise<boolean>;
  /** True where `pubkey.gpg` is this very text. */
  readonly isPublicKey: (
    directory: { readonly owner: string; readonly dirname: string },
    armored: string,
  ) => Promise<boolean>;
  /** Names of the chroot directories of a CoprDir, sorted; none of source builds, modules or metadata. */
  readonly chroots: (directory: { readonly owner: string; readonly dirname: string }) => Promise<readonly string[]>;
  /** Names of the build directories of a chroot directory, sorted. */
  readonly builds: (repository: RepositoryId) => Promise<readonly string[]>;
  /**
   * Copies a build directory's RPMs into a fresh staging directory; returns its path. The copies share nothing with the
   * originals.
   */
  readonly copyRpms: (place: BuildPlace, names: readonly string[]) => Promise<string>;
  /** Puts staged RPMs over those of the same name, one rename each; those whose original is gone are dropped. */
  readonly replaceRpms: (place: BuildPlace, staging: string) => Promise<void>;
};

/** The live log of one builder session: bytes of the builder's log, written at their own offsets. */
export type LiveLog = {
  /** Bytes of the builder's log that are in the file already. */
  readonly size: number;
  /** True once the log has outgrown `log_max_bytes`: a line in it says so, and nothing more is written. */
  readonly isCut: boolean;
  /** Writes bytes that stand at `offset` of the builder's log. Rejects with `LogBroken` when another follower took over. */
  readonly write: (offset: number, bytes: Buffer) => Promise<void>;
  readonly close: () => Promise<void>;
};
