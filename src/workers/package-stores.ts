import { movingStores } from '../adapters/pulp-store/move/moving-stores.js';
import { unconfiguredPulpStore, unconfiguredStorageMove } from '../adapters/pulp-store/package-store.js';
import type { Config } from '../config/schema.js';
import type { PackageStore, PackageStores } from '../ports/package-store.js';
import type { StorageMove } from '../ports/project/storage-move.js';
import type { OpenPulp } from './open-pulp.js';

/**
 * The stores of a worker, and the move of projects from the one to the other; everything else asks for the one that a
 * task or an action names. `discard` takes a build's directory out of the tree.
 */
export function createPackageStores(input: {
  readonly config: Pick<Config, 'destdir' | 'generationGraceHours'>;
  readonly tree: Omit<PackageStore, 'insist' | 'adopt' | 'has' | 'forget'>;
  readonly pulp: OpenPulp;
  readonly discard: (directory: string) => Promise<void>;
}): { readonly stores: PackageStores; readonly storageMove: StorageMove } {
  const { config, tree, pulp, discard } = input;
  const nothing = (): Promise<void> => Promise.resolve();
  const stores: PackageStores = {
    tree: { ...tree, insist: nothing, adopt: nothing, has: () => Promise.resolve(false), forget: nothing },
    pulp:
      pulp.is === 'configured'
        ? pulp.storage.store({ graceHours: config.generationGraceHours, discard })
        : unconfiguredPulpStore({ destdir: config.destdir, remedy: pulp.remedy }),
  };
  return {
    stores: movingStores(config.destdir, stores),
    storageMove:
      pulp.is === 'configured'
        ? pulp.storage.move({ tree: stores.tree.indexer, pulp: stores.pulp.indexer })
        : unconfiguredStorageMove(pulp.remedy),
  };
}
