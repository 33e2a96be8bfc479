/** The place of a build among the results (docs/neighbours/storage.md#tree). */
export type BuildPlace = {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: string;
  readonly targetDir: string;
};

/**
 * Results of a build that are not public: `staging` is their name among those of their place, and is part of histories.
 */
export type StagedPlace = BuildPlace & { readonly staging: string };

/** Results of a build, in their public place or staged. */
export type ResultsPlace = BuildPlace | StagedPlace;

/** Packages of one build, by the names of their files. */
export type BuildPackages = { readonly of: ResultsPlace; readonly rpms: readonly string[] };
