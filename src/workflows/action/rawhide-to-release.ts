import { inStore, storeOf } from '../../contracts/store-kind.js';
import { askRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';
import { copyAll } from './copy-all.js';
import { underLocksOf } from './under-locks.js';

/** Copies builds of rawhide into the release branched from it, with packages and signatures unchanged. */
export const rawhideToRelease: Execute<'rawhideToRelease'> = (plan, context) => {
  const { activities, input } = context;
  const { project, dirname, from, to, builds, requests } = plan;
  const where = inStore(storeOf(plan));
  const directory = { owner: project.owner, dirname };
  return underLocksOf(context, [project], `branch ${to}`, async () => {
    const { actionId } = input;
    await activities.openCopies({ actionId, source: null, destination: directory, requests, ...where });
    const failures = await copyAll(context, builds, (slice) =>
      activities.branchBuilds({ ...slice, actionId, directory, from, to, builds, ...where }),
    );
    return [...failures, ...(await askRepositories(requests, context))];
  });
};
