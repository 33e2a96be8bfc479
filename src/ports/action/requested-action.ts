import type { DirectoryId, ForkedBuild } from '../../contracts/action/action.js';
import type { ProjectId, RepositoryId } from '../../contracts/names/ids.js';
import type { StoreKind } from '../../contracts/store-kind.js';

/**
 * An action of the frontend, checked (docs/neighbours/frontend.md#actions): every name may become one segment of a
 * path, and no list is longer than the largest project needs.
 */
export type RequestedAction = {
  readonly id: number;
  /** Where the project's packages are. */
  readonly store: StoreKind;
  readonly request: ActionRequest;
};

/** The request of an action; types that a backend no longer runs are known by name, too. */
export type ActionRequest =
  | BuildsDeletion
  | { readonly type: 'deleteChroot'; readonly project: ProjectId; readonly chroot: string }
  | ProjectDeletion
  /** A delete of something that no known frontend has; null: it does not say of what. */
  | { readonly type: 'deleteOther'; readonly objectType: string | null }
  | { readonly type: 'removeDirectories'; readonly directories: readonly DirectoryId[] }
  | MetadataRequest
  | { readonly type: 'generateKey'; readonly project: ProjectId }
  /** `urlPath` follows frontend_base_url; null: the comps file is removed. */
  | { readonly type: 'updateComps'; readonly repository: RepositoryId; readonly urlPath: string | null }
  | ModuleRequest
  | ForkRequest
  | { readonly type: 'rename'; readonly source: ProjectId; readonly destination: ProjectId }
  | BranchRequest
  | { readonly type: 'legalFlag' }
  | { readonly type: 'updateModule' }
  | { readonly type: 'cancelBuild' };

export type BuildsDeletion = {
  readonly type: 'deleteBuilds';
  readonly owner: string;
  /** Build directories of each chroot (`srpm-builds`, too) of each directory of the project. */
  readonly chroots: readonly (DirectoryId & { readonly chroot: string; readonly builds: readonly string[] })[];
  /** Build ids, as far as the frontend names them. */
  readonly ids: readonly number[];
  readonly devel: boolean;
  readonly appstream: boolean;
};

/** Directories of one project, each named once; the list may be empty. */
export type ProjectDeletion = {
  readonly type: 'deleteProject';
  readonly owner: string;
  readonly dirnames: readonly string[];
};

/** The metadata of every chroot in every directory. */
export type MetadataRequest = {
  readonly type: 'createrepo';
  readonly owner: string;
  readonly dirnames: readonly string[];
  readonly chroots: readonly string[];
  readonly devel: boolean;
  readonly appstream: boolean;
};

export type ModuleRequest = {
  readonly type: 'buildModule';
  readonly project: ProjectId;
  readonly chroots: readonly string[];
  /** Ids of the module's builds. */
  readonly builds: readonly number[];
  /** The module's document. */
  readonly modulemd: string;
  readonly appstream: boolean;
};

export type ForkRequest = {
  readonly type: 'fork';
  readonly source: ProjectId;
  readonly destination: ProjectId;
  /** All chroots with packages, also those without builds. */
  readonly chroots: readonly string[];
  /** Builds to copy, with source builds. */
  readonly builds: readonly ForkedBuild[];
};

/** Builds of one chroot copied into another, in one directory of a project. */
export type BranchRequest = {
  readonly type: 'rawhideToRelease';
  readonly project: ProjectId;
  readonly dirname: string;
  /** Chroots. */
  readonly from: string;
  readonly to: string;
  /** Names of build directories. */
  readonly builds: readonly string[];
  readonly devel: boolean;
  readonly appstream: boolean;
};
