import type { DirectoryId } from '../../contracts/action/action.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import { askRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';
import { copyAll } from './copy-all.js';
import { waitForKey } from './generate-key.js';
import { underLocksOf } from './under-locks.js';

/**
 * Copies builds of one project into another and signs them with its key. Meanwhile nothing else spans the destination's
 * directories; the source's are only read, so several forks may read them at once. Whatever was copied is published,
 * even if the rest failed.
 */
export const fork: Execute<'fork'> = (plan, context) => {
  const { activities, input } = context;
  const { source, destination, sign, builds, requests } = plan;
  const where = inStore(storeOf(plan));
  return underLocksOf(context, [{ project: source, shared: true }, destination], 'fork', async () => {
    const { actionId } = input;
    await activities.openCopies({
      actionId,
      source: ownOf(source),
      destination: ownOf(destination),
      requests,
      ...where,
    });
    const keyless = sign ? await waitForKey(destination, context) : [];
    if (keyless.length > 0) return keyless;
    const failures = await copyAll(context, builds, (slice) =>
      activities.forkBuilds({ ...slice, actionId, source, destination, builds, sign, ...where }),
    );
    return [...failures, ...(await askRepositories(requests, context))];
  });
};

/** A project's main directory. */
function ownOf({ owner, project }: ProjectId): DirectoryId {
  return { owner, dirname: project };
}
