import type { RepositoryId } from '../../contracts/names/ids.js';
import type { PrunableContent } from '../../domain/prune/prune-selection.js';

export type ProjectDirectory = { readonly owner: string; readonly dirname: string };

/** An entry among the source builds of a project (`srpm-builds`): a build's directory, or a log beside them. */
export type SourceBuild = ProjectDirectory & {
  readonly name: string;
  readonly isLog: boolean;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
};

/** The pruner's view of the packages of a chroot directory. */
export type PruneSurvey =
  | ({ readonly state: 'whole' } & PrunableContent)
  /** Missing or damaged metadata, which has to be made first. */
  | { readonly state: 'noMetadata'; readonly why: string }
  /** An operator holds it at a generation; superseded packages may be needed again. */
  | { readonly state: 'held'; readonly why: string };

/** The results tree as a pruner sees it. Rejects with PortFailure `StorageFailed`. */
export type PrunableTree = {
  /** Every `<owner>/<dirname>`, sorted. */
  /** `refused` gets a line about each owner's directory that cannot be read; without it, one such rejects. */
  readonly projects: (refused?: (line: string) => void) => Promise<readonly ProjectDirectory[]>;
  /** Entries of a project's directory that may be chroots, each with its own time (milliseconds since the epoch). */
  readonly chroots: (
    project: ProjectDirectory,
  ) => Promise<readonly { readonly name: string; readonly changedAt: number }[]>;
  readonly survey: (repository: RepositoryId) => Promise<PruneSurvey>;
  /** Only the build directories: the chroot's packages are published elsewhere (Pulp). */
  readonly surveyLogs: (repository: RepositoryId) => Promise<PrunableContent>;
  /** Removes the logs that old versions wrote beside these builds: `build-<id>.log`. */
  readonly removeOldLogs: (repository: RepositoryId, builds: readonly string[]) => Promise<void>;
  readonly sourceBuilds: (project: ProjectDirectory) => Promise<readonly SourceBuild[]>;
  /** Removes it if it has not changed since `changedAt`; `kept`: somebody has used it since. */
  readonly removeSourceBuild: (build: SourceBuild) => Promise<'removed' | 'kept'>;
};
