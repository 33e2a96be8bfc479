import type { StepActivities } from '../../contracts/activities.js';
import { storeOf } from '../../contracts/store-kind.js';
import { namesChroot } from '../../domain/names/chroot.js';
import type { ActivityDependencies } from '../dependencies.js';

type Dependencies = Pick<ActivityDependencies, 'projectContents' | 'stores' | 'contentNetwork' | 'log'>;

/** Plans what is signed again, and afterwards has the content network drop its old copies. */
export function createResignPlanActivities(deps: Dependencies): Pick<StepActivities, 'planResign' | 'purgeCopies'> {
  const { projectContents, stores, contentNetwork, log } = deps;
  return {
    async planResign({ target, chroots, ...where }) {
      const { indexer } = stores[storeOf(where)];
      const there = await projectContents.chroots(target);
      const wanted = chroots === null ? there : there.filter((name) => chroots.some((word) => namesChroot(word, name)));
      const counted = wanted.map(async (chroot) => ({
        chroot,
        builds: (await projectContents.builds({ ...target, chroot })).length,
        devel: await indexer.exists({ ...target, chroot }, { devel: true }),
      }));
      return { chroots: await Promise.all(counted) };
    },

    async purgeCopies({ target, chroot }) {
      const failure = await contentNetwork.purge({ ...target, chroot });
      if (failure !== null) log.warn({ ...target, chroot, failure }, 'copies in the content network stay');
      return failure;
    },
  };
}
