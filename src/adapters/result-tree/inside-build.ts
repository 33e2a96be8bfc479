import { refuseDeleted } from '../file-tree/deletions.js';
import { insideRoot, type TreePaths } from '../file-tree/paths.js';
import { errnoOf } from '../files/storage-failure.js';

/**
 * File work in a build's own directory, which must really lie in the tree. Where it is missing because an action took it
 * away, that is the refusal.
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
