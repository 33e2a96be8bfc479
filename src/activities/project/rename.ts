import type { RepositoryWork } from '../../contracts/action/action.js';
import type { StepActivities } from '../../contracts/activities.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf, type StoreKind } from '../../contracts/store-kind.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';

/** Directories per page: their names are in the history. */
const PAGE = 50;

type Dependencies = Pick<ActivityDependencies, 'stores' | 'projects' | 'projectContents' | 'work' | 'messages' | 'log'>;

/** Moves a project to its new name. */
export function createRenameActivities(deps: Dependencies): Pick<StepActivities, 'renameProject'> {
  const { stores, projects, projectContents, work, messages, log } = deps;
  return {
    renameProject: ({ actionId, source, destination, sign, after, ...where }) =>
      withHeartbeat({ messages, remembersNothing: true }, async ({ signal }) => {
        const store = storeOf(where);
        // Only the first call moves anything: by the later ones, somebody else may have the old name.
        const all =
          after === null
            ? await stores[store].projects.rename({ source, destination, action: actionId, sign }, { signal })
            : await projects.directories(destination);
        const left = after === null ? all : all.filter((dirname) => dirname > after);
        const dirnames = left.slice(0, PAGE);
        const requests =
          after === null ? await metadataOf(store, destination.owner, all, { doStat: sign, signal }) : [];
        if (after === null) log.info({ actionId, source, destination, directories: all.length }, 'project renamed');
        const isLast = left.length === dirnames.length;
        return { dirnames, isLast, requests: await work.list(actionId, 'requests', requests) };
      }),
  };

  /**
   * The content of the metadata is unchanged, and nothing becomes public that was not. Devel metadata contains the old
   * URL, and what was pending in the old name's repositories (packages to remove) is found by the new ones.
   */
  async function metadataOf(
    store: StoreKind,
    owner: string,
    dirnames: readonly string[],
    { doStat, signal }: { readonly doStat: boolean; readonly signal: AbortSignal },
  ): Promise<readonly RepositoryWork[]> {
    const requests: RepositoryWork[] = [];
    for (const dirname of dirnames) {
      for (const chroot of await projectContents.chroots({ owner, dirname })) {
        signal.throwIfAborted();
        const repository = { owner, dirname, chroot };
        const hasDevel = await stores[store].indexer.exists(repository, { devel: true });
        for (const devel of hasDevel ? [false, true] : [false])
          requests.push({ repository, change: repositoryChange('reread', { doStat, devel, ...inStore(store) }) });
      }
    }
    return requests;
  }
}
