/** The frontend's word on projects and their chroots. Rejects with PortFailure, as src/ports/frontend.ts says. */
export type ProjectChroots = {
  /** Null: the frontend has no such project. */
  readonly project: (owner: string, project: string) => Promise<object | null>;
  /** Null: the project has no such chroot. `deleteAfterDays` null: nobody wants to delete it. */
  readonly chroot: (of: {
    readonly owner: string;
    readonly project: string;
    readonly chroot: string;
  }) => Promise<{ readonly deleteAfterDays: number | null } | null>;
};
