import type { RepositoryId } from '../../contracts/names/ids.js';
import type { PrunableContent } from '../../domain/prune/prune-selection.js';

export type ProjectDirectory = { readonly owner: string; readonly dirname: string };

/** What lies among the source builds of a project (`srpm-builds`): the directory of a build, or a log beside them. */
export type SourceBuild = ProjectDirectory & {
  readonly name: string;
  readonly isLog: boolean;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
};

/** What can be said about the packages of a chroot directory. */
export type PruneSurvey =
  | ({ readonly state: 'whole' } & PrunableContent)
  /** Missing or damaged metadata: it has to be made first. */
  | { readonly state: 'noMetadata'; readonly why: string }
  /** An operator holds it at a generation; what is superseded there may be wanted again. */
  | { readonly state: 'held'; readonly why: string };

/**
 * The results tree as a pruner sees it. Rejects with PortFailure `StorageFailed`.
 */
export type PrunableTree = {
  /** Every `<owner>/<dirname>`, sorted. */
  readonly projects: () => Promise<readonly ProjectDirectory[]>;
  /** What stands in a project's directory and may be a chroot's, with its own time (milliseconds since the epoch). */
  readonly chroots: (
    project: ProjectDirectory,
  ) => Promise<readonly { readonly name: string; readonly changedAt: number }[]>;
  readonly survey: (repository: RepositoryId) => Promise<PruneSurvey>;
  /** The build directories alone: packages of the chroot are published elsewhere (Pulp). */
  readonly surveyLogs: (repository: RepositoryId) => Promise<PrunableContent>;
  /** Removes a build directory that no metadata names; one that is gone is gone already. */
  readonly removeBuild: (repository: RepositoryId, build: string) => Promise<void>;
  /** Removes the logs that old versions wrote beside these builds: `build-<id>.log`. */
  readonly removeOldLogs: (repository: RepositoryId, builds: readonly string[]) => Promise<void>;
  readonly sourceBuilds: (project: ProjectDirectory) => Promise<readonly SourceBuild[]>;
  /** Removes it if it is still as old as `changedAt`; `kept`: somebody has used it since. */
  readonly removeSourceBuild: (build: SourceBuild) => Promise<'removed' | 'kept'>;
};
