import type {
  FollowActivities,
  PollActivities,
  PublishActivities,
  SignActivities,
  WorkActivities,
} from '../contracts/activities.js';
import { createActionActivities } from './actions.js';
import { createBranchActivities } from './branching.js';
import { createBuildTaskActivities } from './build-tasks.js';
import { createBuilderActivities } from './builders.js';
import { createBuilderExchange } from './builder-exchange.js';
import type { ActivityDependencies } from './dependencies.js';
import { mapFailures } from './failure-mapping.js';
import { createCancelRequestActivities } from './cancel-requests.js';
import { createDiscardActivities } from './discarding.js';
import { createFinishActivities } from './finishing.js';
import { createFollowActivities } from './following.js';
import { rememberHosts } from './host-outcomes.js';
import { createPollActivities } from './polling.js';
import { createPruneActivities } from './pruning.js';
import { createPublishActivities } from './publishing.js';
import { createRemoteBuildActivities } from './remote-build.js';
import { createRenameActivities } from './renaming.js';
import { createResignPlanActivities } from './resign-plan.js';
import { createRepeatActivities } from './repeating-reports.js';
import { createResultActivities } from './results.js';
import { createSignActivities } from './signing.js';
import { createStartActivities } from './starting.js';
import { createUserAccessActivities } from './user-access.js';

/** The activities by the queue that carries them; what a worker offers is decided by its role. */
export type ActivitySets = {
  readonly poll: PollActivities;
  readonly work: WorkActivities;
  readonly follow: FollowActivities;
  readonly sign: SignActivities;
  readonly publish: PublishActivities;
};

export function createActivities(deps: ActivityDependencies): ActivitySets {
  return {
    poll: mapFailures({
      ...createPollActivities(deps),
      ...createStartActivities(deps),
      ...createCancelRequestActivities(deps),
    }),
    work: mapFailures({
      ...createBuildTaskActivities(deps),
      ...rememberHosts(deps, { ...createRemoteBuildActivities(deps), ...createResultActivities(deps) }),
      ...createFinishActivities(deps),
      ...createRepeatActivities(deps),
      ...createActionActivities(deps),
      ...createRenameActivities(deps),
      ...createResignPlanActivities(deps),
      ...createPruneActivities(deps),
    }),
    follow: mapFailures({
      ...createBuilderActivities(deps),
      ...createBuilderExchange(deps),
      ...rememberHosts(deps, createFollowActivities(deps)),
      ...createUserAccessActivities(deps),
    }),
    sign: mapFailures(createSignActivities(deps)),
    publish: mapFailures({
      ...createPublishActivities(deps),
      ...createDiscardActivities(deps),
      ...createBranchActivities(deps),
    }),
  };
}
