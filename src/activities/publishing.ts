import type { PublishActivities } from '../contracts/activities.js';
import type { ActivityDependencies } from './dependencies.js';
import { withHeartbeat } from './heartbeating.js';

/** One publication of a directory's metadata. */
export function createPublishActivities(
  deps: Pick<ActivityDependencies, 'indexer' | 'messages' | 'log'>,
): PublishActivities {
  return {
    publishRepository: ({ repository, run }) =>
      withHeartbeat(deps, async ({ signal }) => {
        const published = await deps.indexer.publish(repository, run, { signal });
        deps.log.info({ repository, run, published }, 'repository published');
        return published;
      }),
  };
}
