import type { RepositoryWork } from '../../contracts/action/action.js';
import type { StepActivities } from '../../contracts/activities.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf, type StoreKind } from '../../contracts/store-kind.js';
import type { ActivityDependencies } from '../dependencies.js';

/** Directories per page: their names are in the history. */
const PAGE = 50;

type Dependencies = Pick<ActivityDependencies, 'stores' | 'projectContents' | 'work' | 'log'>;

/** Moves a project to its new name. */
export function createRenameActivities(deps: Dependencies): Pick<StepActivities, 'renameProject'> {
  const { stores, projectContents, work, log } = deps;
  return {
    async renameProject({ actionId, source, destination, sign, after, ...where }) {
      const store = storeOf(where);
      const all = await stores[store].projects.rename({ source, destination, action: actionId, sign });
      const left = after === null ? all : all.filter((dirname) => dirname > after);
      const dirnames = left.slice(0, PAGE);
      const requests = after === null ? await metadataOf(store, destination.owner, all, sign) : [];
      if (after === null) log.info({ actionId, source, destination, directories: all.length }, 'project renamed');
      const isLast = left.length === dirnames.length;
      return { dirnames, isLast, requests: await work.list(actionId, 'requests', requests) };
    },
  };

  /**
   * The content of the metadata is unchanged, and nothing becomes public that was not. Devel metadata contains the old
   * URL, and what was pending in the old name's repositories (packages to remove) is found by the new ones.
   */
  async function metadataOf(
    store: StoreKind,
    owner: string,
    dirnames: readonly string[],
    doStat: boolean,
  ): Promise<readonly RepositoryWork[]> {
    const requests: RepositoryWork[] = [];
    for (const dirname of dirnames) {
      for (const chroot of await projectContents.chroots({ owner, dirname })) {
        const repository = { owner, dirname, chroot };
        const hasDevel = await stores[store].indexer.exists(repository, { devel: true });
        for (const devel of hasDevel ? [false, true] : [false])
          requests.push({ repository, change: repositoryChange('reread', { doStat, devel, ...inStore(store) }) });
      }
    }
    return requests;
  }
}
