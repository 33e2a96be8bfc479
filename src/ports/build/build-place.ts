/** Where a build stands among the results (docs/neighbours/storage.md#tree). */
export type BuildPlace = {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: string;
  readonly targetDir: string;
};

/** Results of a build that are not public: `staging` names them among those of their place, and stands in histories. */
export type StagedPlace = BuildPlace & { readonly staging: string };

/** Results of a build where they lie: in their public place, or staged. */
export type ResultsPlace = BuildPlace | StagedPlace;

/** Packages of one build, by the names of their files. */
export type BuildPackages = { readonly of: ResultsPlace; readonly rpms: readonly string[] };
