/** Where a build stands among the results (docs/neighbours/storage.md#tree). */
export type BuildPlace = {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: string;
  readonly targetDir: string;
};
