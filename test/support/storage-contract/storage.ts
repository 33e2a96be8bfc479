import type { ActivityDependencies } from '../../../src/activities/dependencies.js';
import type { PackageStore } from '../../../src/ports/package-store.js';
import type { RepositoryId } from '../../../src/contracts/names/ids.js';
import type { BuildPackages, StagedPlace } from '../../../src/ports/build/build-place.js';

/** The ports that a storage implements: what `build`, `repository`, `project` and `prune` need of it. */
export type Storage = Pick<
  ActivityDependencies,
  | 'buildDirectories'
  | 'stagingArea'
  | 'buildResults'
  | 'projectKeys'
  | 'projectContents'
  | 'projects'
  | 'trash'
  | 'prunable'
> &
  Pick<PackageStore, 'packageCopies' | 'copies' | 'indexer' | 'forget'>;

/**
 * An empty storage under test, whose trash keeps things for a while, and the operations that its tests need besides its
 * ports.
 */
export type StorageWorld = {
  readonly storage: Storage;
  /** Puts files where a download would: among the staged results. */
  readonly bring: (staged: StagedPlace, files: Readonly<Record<string, Buffer | string>>) => Promise<void>;
  /** Replaces staged packages by others, like a signer. */
  readonly change: (packages: BuildPackages, content: Buffer) => Promise<void>;
  /**
   * File names of the packages that a client finds in the published metadata and can download, with their sha256; on
   * request those of the devel repository, which names them wherever they are.
   */
  readonly published: (
    repository: RepositoryId,
    options?: { readonly devel: boolean },
  ) => Promise<Readonly<Record<string, string>>>;
  readonly close: () => Promise<void>;
};

/** Opens an empty storage; called before each test. */
export type OpenStorage = () => Promise<StorageWorld>;
