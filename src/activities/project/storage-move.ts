import type { PublishActivities, StepActivities } from '../../contracts/activities.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';

type Dependencies = Pick<ActivityDependencies, 'storageMove' | 'frontend' | 'messages' | 'log'>;

/** Plans the move of a project to Pulp, and says where its packages are. */
export function createStorageMoveSteps(
  deps: Dependencies,
): Pick<StepActivities, 'planStorageMove' | 'routeProject' | 'announceStorage'> {
  const { storageMove, frontend, messages, log } = deps;
  return {
    planStorageMove: ({ project, all }) =>
      withHeartbeat({ messages, remembersNothing: true }, async () => {
        if (all === true) return { chroots: await storageMove.chroots(project) };
        const chroots = await storageMove.survey(project);
        await storageMove.begin(project);
        return { chroots };
      }),

    async routeProject({ project, store }) {
      await storageMove.route(project, store);
      log.info({ project, store }, 'packages of a project are looked for there');
    },

    async announceStorage({ project, store }) {
      const isKnown = await frontend.changeStorage(project, store);
      await storageMove.redirect(project, store === 'pulp');
      log.info({ project, store, isKnown }, 'the frontend was told where the packages of a project are');
      return { isKnown };
    },
  };
}

/** Brings packages to Pulp. */
export function createCopyToPulp(deps: Dependencies): Pick<PublishActivities, 'copyToPulp'> {
  return {
    copyToPulp: ({ repository, after }) =>
      withHeartbeat<{ step: string }, Awaited<ReturnType<PublishActivities['copyToPulp']>>>(
        deps,
        async ({ signal, remember }) => {
          const onProgress = (step: string): void => remember({ step });
          const batch = await deps.storageMove.copy(repository, after, { signal, onProgress });
          deps.log.info({ repository, ...batch }, 'packages are at Pulp');
          return batch;
        },
      ),
  };
}
