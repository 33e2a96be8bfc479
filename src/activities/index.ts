import type {
  FollowActivities,
  PollActivities,
  PublishActivities,
  SignActivities,
  StepActivities,
} from '../contracts/activities.js';
import { createActionActivities } from './action/actions.js';
import { createBranchActivities } from './project/branch.js';
import { createBuildTaskActivities } from './build/build-tasks.js';
import { createBuilderActivities } from './build/builders.js';
import { createBuilderExchange } from './build/builder-exchange.js';
import type { ActivityDependencies } from './dependencies.js';
import { mapFailures } from './failure-mapping.js';
import { createCancelRequestActivities } from './cancel/cancel-requests.js';
import { createDiscardActivities } from './project/discard.js';
import { createFinishActivities } from './build/build-end.js';
import { createFollowActivities } from './build/build-follower.js';
import { rememberHosts } from './build/host-outcomes.js';
import { createKeyRequest } from './signing/key-request.js';
import { createMaintenanceActivity } from './maintenance/run-maintenance.js';
import { createPollActivities } from './dispatch/poll.js';
import { createPlanPruneActivity } from './prune/plan-prune.js';
import { createPruneActivities } from './prune/prune.js';
import { createPublishActivities } from './repository/publication.js';
import { createRemoteBuildActivities } from './build/remote-build.js';
import { createRenameActivities } from './project/rename.js';
import { createResignPlanActivities } from './signing/resign-plan.js';
import { createRepeatActivities } from './build/unapplied-report.js';
import { createResultActivities } from './build/results.js';
import { createSignActivities } from './signing/signatures.js';
import { createCopyToPulp, createStorageMoveSteps } from './project/storage-move.js';
import { createStartActivities } from './dispatch/task-start.js';
import { createUserAccessActivities } from './build/user-access.js';

/** The activities by the queue that carries them; a worker's role decides which ones it offers. */
export type ActivitySets = {
  readonly poll: PollActivities;
  readonly steps: StepActivities;
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
    steps: mapFailures({
      ...createBuildTaskActivities(deps),
      ...rememberHosts(deps, { ...createRemoteBuildActivities(deps), ...createResultActivities(deps) }),
      ...createFinishActivities(deps),
      ...createRepeatActivities(deps),
      ...createActionActivities(deps),
      requestKey: createKeyRequest(deps),
      ...createRenameActivities(deps),
      ...createStorageMoveSteps(deps),
      ...createResignPlanActivities(deps),
      ...createPlanPruneActivity(deps),
      ...createPruneActivities(deps),
      ...createMaintenanceActivity(deps),
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
      ...createCopyToPulp(deps),
      ...createDiscardActivities(deps),
      ...createBranchActivities(deps),
    }),
  };
}
