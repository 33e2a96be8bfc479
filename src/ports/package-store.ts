import type { Deletion } from '../contracts/action/action.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import type { StoreKind } from '../contracts/store-kind.js';
import type { BuildCopies } from './project/build-copies.js';
import type { ProjectTree } from './project/project-tree.js';
import type { PrunableTree } from './prune/prunable-tree.js';
import type { RepositoryIndexer } from './repository/repository-indexer.js';
import type { PackageCopies } from './signing/package-copies.js';

/** Everything that differs between the places where packages are published, one port each. */
export type PackageStore = {
  /**
   * Resolves if this worker serves the store at all, whether or not it answers now. Rejects with `PulpUnconfigured`,
   * which passes once an operator has configured it.
   */
  readonly insist: () => Promise<void>;
  readonly indexer: RepositoryIndexer;
  readonly packageCopies: PackageCopies;
  readonly copies: BuildCopies;
  readonly projects: Pick<ProjectTree, 'rename' | 'installComps' | 'installModule'>;
  readonly prunable: Pick<PrunableTree, 'survey'>;
  /** Learns what another service published of a chroot; does nothing if that is known. Safe to repeat. */
  readonly adopt: (repository: RepositoryId, options: { readonly signal?: AbortSignal }) => Promise<void>;
  /** Whether the store has anything of a directory or chroot outside the results tree. */
  readonly has: (deletion: Deletion, options: { readonly signal?: AbortSignal }) => Promise<boolean>;
  /**
   * Removes what the store has outside the results tree of a deleted directory or chroot; the tree's own part is removed
   * after that. Safe to repeat.
   */
  readonly forget: (deletion: Deletion, options: { readonly signal?: AbortSignal }) => Promise<void>;
};

/** Every task and every action names its store; this is where it is chosen. */
export type PackageStores = Readonly<Record<StoreKind, PackageStore>>;
