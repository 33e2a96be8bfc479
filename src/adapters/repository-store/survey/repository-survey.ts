import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { RepositorySurvey } from '../../../ports/maintenance/reconciliation.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { exists } from '../../files/entries.js';
import { createTreePaths, insideRoot } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { openGenerations } from '../generations/generation-reader.js';
import { placeOf } from '../metadata/metadata.js';
import { findDamage } from './damage.js';

/** The metadata of a results tree, as someone sees it who looks for damage. */
export function createRepositorySurvey(tree: {
  readonly destdir: string;
  readonly resultsBaseurl: string;
}): RepositorySurvey {
  const paths = createTreePaths(tree.destdir);
  return {
    hasMetadata: (repository) => {
      const live = repodataOf(paths, repository, false);
      return paths.within(`${live} cannot be read`, async () => {
        await insideRoot(paths, live);
        return exists(placeOf(live).repomd);
      });
    },
    isHeld: (repository) => isHeld(tree.destdir, repository),
    damage: (repository) => findDamage(tree, repository),
  };
}

/** True if an operator holds the repository; a damaged one may have no readable generation, and is not held. */
export async function isHeld(destdir: string, repository: RepositoryId): Promise<boolean> {
  try {
    return (await openGenerations({ destdir, resultsBaseurl: '' }, repository).list()).hold !== null;
  } catch (error) {
    if (error instanceof PortFailure) return false;
    throw error;
  }
}
