import type { ProjectId, RepositoryId } from '../../contracts/names/ids.js';
import type { MoveChroot, MovedBatch, MoveStep } from '../../contracts/project/storage-move.js';
import type { Published } from '../../contracts/repository/repository.js';
import type { StoreKind } from '../../contracts/store-kind.js';
import type { PublishOptions } from '../repository/repository-indexer.js';

/** A look at a project that is to move; changes nothing. */
export type MoveSurvey = {
  /**
   * The chroot directories of a project that have metadata in the tree, seen by web servers or not. Rejects with
   * `StorageMoveRefused` if one of them has what Pulp cannot serve, or is held at a generation.
   */
  readonly survey: (project: ProjectId) => Promise<readonly MoveChroot[]>;
  /** Of the packages that the tree lists, how many Pulp has; for dry runs. */
  readonly alreadyThere: (repository: RepositoryId) => Promise<number>;
};

/**
 * The move of a project's packages from the results tree to Pulp (docs/decisions/0084). Rejects with PortFailure:
 * `StorageMoveRefused` (the project cannot move as it is), `PulpUnconfigured`, and as the stores do.
 */
export type StorageMove = Pick<MoveSurvey, 'survey'> & {
  /** Every chroot directory of a project, without a look at its packages. */
  readonly chroots: (project: ProjectId) => Promise<readonly MoveChroot[]>;
  /**
   * Both stores may have the project's packages from now on, and clients get those of the tree. Does nothing if it has
   * moved, or is moving.
   */
  readonly begin: (project: ProjectId) => Promise<void>;
  /**
   * Everybody looks for a project's packages in this store from now on, whatever a task says; null: tasks say it again.
   */
  readonly route: (project: ProjectId, store: StoreKind | null) => Promise<void>;
  /** Lists the project in the redirect file of web servers, or takes it off. */
  readonly redirect: (project: ProjectId, isAtPulp: boolean) => Promise<void>;
  /**
   * Brings packages of the next build directories after `after` to Pulp; what Pulp has is not sent again. Nothing is
   * listed, and nothing is removed.
   */
  readonly copy: (repository: RepositoryId, after: string | null, options: PublishOptions) => Promise<MovedBatch>;
  /**
   * One step of a chroot directory, whose only writer the caller is. Rejects with `StorageMoveIncomplete` if the tree
   * lists packages that Pulp lacks: `copy` brings them.
   */
  readonly step: (repository: RepositoryId, step: MoveStep, options: PublishOptions) => Promise<Published>;
};
