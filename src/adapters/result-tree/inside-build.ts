import { refuseDeleted } from '../file-tree/deletions.js';
import { insideRoot, type TreePaths } from '../file-tree/paths.js';
import { errnoOf } from '../files/storage-failure.js';

/**
 * Runs file work in a build's own directory, which must really be in the tree. If it is missing because an action
 * removed it, the failure says so.
 */
export function insideBuild<T>(
  paths: TreePaths,
  directory: string,
  { failing, work }: { readonly failing: string; readonly work: () => Promise<T> },
): Promise<T> {
  return paths.within(`${directory}: ${failing}`, async () => {
    await insideRoot(paths, directory);
    try {
      return await work();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') await refuseDeleted(paths.root, directory);
      throw error;
    }
  });
}
