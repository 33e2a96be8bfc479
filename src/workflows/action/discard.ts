import type { DirectoryId } from '../../contracts/action/action.js';
import type { DiscardInput } from '../../contracts/activities.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import type { ActionContext, Execute } from './execution.js';
import { underLocksOf } from './under-locks.js';

/** Files that the first slice may remove; each later slice may remove twice as many, so that a history stays small. */
const FIRST_SLICE = 10_000;

/** The place that is removed, and its store. */
type DiscardTarget = Omit<DiscardInput, 'actionId' | 'atMost'>;

/** Removes whole directories with their metadata, while nothing else spans the project's directories. */
export const deleteProject: Execute<'deleteProject'> = (plan, context) =>
  underLocks(context, [plan.project], 'delete project', {
    what: { kind: 'directories', list: plan.directories },
    ...inStore(storeOf(plan)),
  });

/** The same for single directories beside the project's main one. */
export const removeDirs: Execute<'removeDirs'> = (plan, context) =>
  underLocks(context, plan.projects, 'remove directories', {
    what: { kind: 'directories', list: plan.directories },
    ...(plan.everyStore === true ? { everyStore: true } : {}),
    ...inStore(storeOf(plan)),
  });

/** Removes one chroot of the project's main directory. */
export const deleteChroot: Execute<'deleteChroot'> = (plan, context) => {
  const { project, chroot } = plan;
  const directory: DirectoryId = { owner: project.owner, dirname: project.project };
  return underLocks(context, [project], `delete ${chroot}`, {
    what: { kind: 'chroot', directory, chroot },
    ...inStore(storeOf(plan)),
  });
};

async function underLocks(
  context: ActionContext,
  projects: readonly ProjectId[],
  purpose: string,
  target: DiscardTarget,
): Promise<readonly []> {
  await underLocksOf(context, projects, purpose, () => discardAll(context, target));
  return [];
}

/** Removes slice by slice, so that progress is visible; a cancel ends it within a slice. */
export async function discardAll(context: ActionContext, target: DiscardTarget): Promise<void> {
  let removed = 0;
  for (let atMost = FIRST_SLICE, done = false; !done; atMost *= 2) {
    context.waitFor({ reason: 'removal', detail: removed === 0 ? 'begun' : `${removed} files are removed` });
    const slice = await context.activities.discard({ actionId: context.input.actionId, ...target, atMost });
    removed += slice.removed;
    done = slice.done;
  }
  context.waitFor(null);
}
