import type { Deletion } from '../../../contracts/action/action.js';
import type { ProjectId } from '../../../contracts/names/ids.js';
import type { StoreKind } from '../../../contracts/store-kind.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { PackageStore, PackageStores } from '../../../ports/package-store.js';
import { readPackagesPlace } from '../../file-tree/packages-place.js';
import { createTreePaths } from '../../file-tree/paths.js';

/** Something in a directory of a project. */
type Within = { readonly owner: string; readonly dirname: string };

/**
 * The same stores for tasks that may be older than the move of their project, or its undoing: the note that the move
 * left in the project decides where its packages are, not the task (docs/decisions/0084).
 */
export function movingStores(destdir: string, stores: PackageStores): PackageStores {
  const paths = createTreePaths(destdir);
  const placeOf = (of: ProjectId | Within): Promise<StoreKind | null> => {
    const project = 'project' in of ? of.project : projectOfDirname(of.dirname);
    const doing = `${of.owner}/${project}: where its packages are cannot be read`;
    return paths.within(doing, () => readPackagesPlace(paths, { owner: of.owner, project }));
  };
  return { tree: moving(stores, 'tree', placeOf), pulp: moving(stores, 'pulp', placeOf) };
}

function moving(
  stores: PackageStores,
  kind: StoreKind,
  placeOf: (of: ProjectId | Within) => Promise<StoreKind | null>,
): PackageStore {
  const storeFor = async (of: ProjectId | Within): Promise<PackageStore> => stores[(await placeOf(of)) ?? kind];
  /** Pulp's store takes care of content that both may have: it takes care of the tree, too. */
  const both = async (of: ProjectId | Within): Promise<PackageStore> =>
    stores[(await placeOf(of)) === null ? kind : 'pulp'];
  const inDirectory = ({ owner, dirname }: Deletion): Within => ({ owner, dirname });
  return {
    insist: stores[kind].insist,
    indexer: {
      exists: async (of, options) => (await storeFor(of)).indexer.exists(of, options),
      publish: async (of, run, options) => (await storeFor(of)).indexer.publish(of, run, options),
      operate: async (of, operation, options) => (await storeFor(of)).indexer.operate(of, operation, options),
      collect: async (of, options) => (await storeFor(of)).indexer.collect(of, options),
    },
    packageCopies: {
      copy: async (place, rpms, signal) => (await storeFor(place)).packageCopies.copy(place, rpms, signal),
      replace: async (staged) => (await storeFor(staged)).packageCopies.replace(staged),
    },
    copies: {
      locate: async (of, chroot, names) => (await storeFor(of)).copies.locate(of, chroot, names),
      stage: async (copy, signal) => (await storeFor(copy.to)).copies.stage(copy, signal),
      commit: async (copies) => {
        const [first] = copies;
        return first === undefined ? [] : (await storeFor(first.to)).copies.commit(copies);
      },
      drop: async (copy) => (await storeFor(copy.to)).copies.drop(copy),
      dropUnfinished: async (of) => (await storeFor(of)).copies.dropUnfinished(of),
    },
    projects: {
      rename: async (wanted, options) => {
        // The note moves with the directories, perhaps in an earlier attempt.
        const notes = [await placeOf(wanted.source), await placeOf(wanted.destination)];
        const isMoving = notes.some((note) => note !== null);
        return stores[isMoving ? 'pulp' : kind].projects.rename(wanted, options);
      },
      installComps: async (of, comps) => (await storeFor(of)).projects.installComps(of, comps),
      installModule: async (of, document, builds) => (await storeFor(of)).projects.installModule(of, document, builds),
    },
    prunable: {
      survey: async (of) =>
        (await placeOf(of)) === 'pulp'
          ? { state: 'held', why: 'its move to Pulp can still be undone, for which the tree keeps all packages' }
          : (await storeFor(of)).prunable.survey(of),
    },
    adopt: async (of, options) => (await storeFor(of)).adopt(of, options),
    has: async (of, options) => (await both(inDirectory(of))).has(of, options),
    forget: async (of, options) => (await both(inDirectory(of))).forget(of, options),
  };
}
