import type { PublishActivities } from '../contracts/activities.js';
import type { ChangeLists, RepositoryRun } from '../contracts/repository.js';
import type { RepositoryId } from '../contracts/ids.js';
import type { IndexerRun } from '../ports/repository-indexer.js';
import type { ActivityDependencies } from './dependencies.js';
import { withHeartbeat } from './heartbeating.js';

type Dependencies = Pick<ActivityDependencies, 'indexer' | 'plans' | 'messages' | 'log'>;

/** Publications of a directory's metadata, and what an operator does to them. */
export function createPublishActivities(deps: Dependencies): Omit<PublishActivities, 'discard' | 'emptyTrash'> {
  const { indexer, plans, log } = deps;
  return {
    publishRepository: ({ repository, run }) =>
      withHeartbeat<{ step: string }, Awaited<ReturnType<typeof indexer.publish>>>(
        deps,
        async ({ signal, remember }) => {
          const onProgress = (step: string): void => remember({ step });
          const published = await indexer.publish(repository, await complete(repository, run), { signal, onProgress });
          log.info({ repository, run, published }, 'repository published');
          for (const warning of published.warnings) log.warn({ repository, warning }, 'repository published, but');
          return published;
        },
      ),

    operateRepository: ({ repository, operation }) =>
      withHeartbeat<{ step: string }, Awaited<ReturnType<typeof indexer.operate>>>(
        deps,
        async ({ signal, remember }) => {
          const onProgress = (step: string): void => remember({ step });
          const published = await indexer.operate(repository, operation, { signal, onProgress });
          log.info({ repository, operation, published }, 'repository operated');
          return published;
        },
      ),

    collectRepository: ({ repository }) => withHeartbeat(deps, () => indexer.collect(repository)),
  };

  /** The run with the lists of its plan file among its own. */
  async function complete(repository: RepositoryId, { plan, ...run }: RepositoryRun): Promise<IndexerRun> {
    if (plan === null) return run;
    const lists = await plans.read(repository, plan);
    const all = (name: keyof ChangeLists): readonly string[] => [...new Set([...run[name], ...lists[name]])].sort();
    return { ...run, add: run.full ? [] : all('add'), delete: all('delete'), removeRpms: all('removeRpms') };
  }
}
