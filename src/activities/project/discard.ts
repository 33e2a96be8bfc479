import type { DiscardInput, PublishActivities } from '../../contracts/activities.js';
import type { Deletion } from '../../contracts/action/action.js';
import { STORE_KINDS, storeOf } from '../../contracts/store-kind.js';
import type { Removal } from '../../ports/project/trash.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';

type Dependencies = Pick<ActivityDependencies, 'trash' | 'work' | 'projects' | 'stores' | 'messages' | 'log'>;
type Target = { readonly names: readonly string[]; readonly deletion: Deletion | null };

/** Moves things from the results tree into the trash, and removes them from there. */
export function createDiscardActivities(deps: Dependencies): Pick<PublishActivities, 'discard' | 'emptyTrash'> {
  const { trash, work, projects, stores, log } = deps;
  return {
    discard: ({ actionId, what, atMost, ...where }) =>
      withHeartbeat<{ removed: number }, Removal>(deps, async ({ signal, remember }) => {
        let removed = 0;
        for (const { names, deletion } of await targetsOf(what)) {
          signal.throwIfAborted();
          // Recorded first, so that work which finds the directory missing knows why and creates nothing there.
          if (deletion !== null) {
            await projects.rememberDeletion(deletion, actionId);
            await forgetIn(where, deletion, signal);
          }
          const before = removed;
          const slice = await trash.discard(names, `action ${actionId}`, {
            atMost: atMost - before,
            signal,
            onProgress: (more) => remember({ removed: before + more }),
          });
          removed += slice.removed;
          signal.throwIfAborted();
          if (!slice.done) return { removed, done: false };
        }
        log.info({ actionId, what: what.kind, removed }, 'discarded');
        return { removed, done: true };
      }),

    emptyTrash: ({ atMost }) =>
      withHeartbeat<{ removed: number }, Removal>(deps, async ({ signal, remember }) => {
        const removal = await trash.empty({ atMost, signal, onProgress: (removed) => remember({ removed }) });
        signal.throwIfAborted();
        if (removal.removed > 0) log.info(removal, 'trash emptied of what was due');
        return removal;
      }),
  };

  async function forgetIn(
    where: Pick<DiscardInput, 'store' | 'everyStore'>,
    deletion: Deletion,
    signal: AbortSignal,
  ): Promise<void> {
    if (where.everyStore !== true) return stores[storeOf(where)].forget(deletion, { signal });
    for (const kind of STORE_KINDS)
      if (await stores[kind].has(deletion, { signal })) await stores[kind].forget(deletion, { signal });
  }

  async function targetsOf(what: DiscardInput['what']): Promise<readonly Target[]> {
    switch (what.kind) {
      case 'directories':
        return (await work.read(what.list)).map(({ owner, dirname }) => ({
          names: [owner, dirname],
          deletion: { owner, dirname, chroot: null },
        }));
      case 'chroot': {
        const { owner, dirname } = what.directory;
        return [{ names: [owner, dirname, what.chroot], deletion: { owner, dirname, chroot: what.chroot } }];
      }
      case 'paths':
        return (await work.read(what.list)).map((path) => ({
          names: [what.owner, ...path.split('/')],
          deletion: null,
        }));
    }
  }
}
