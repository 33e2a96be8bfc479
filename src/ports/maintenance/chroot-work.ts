/** Work under way in chroot directories. Rejects with the client's error if it is not known. */
export type ChrootWork = {
  /**
   * Looks at all open workflows. The result names one that uses any of these chroot directories, or may; null: none.
   */
  readonly look: () => Promise<
    (of: { readonly owner: string; readonly dirname: string; readonly chroots: readonly string[] }) => string | null
  >;
};
