import type { ActionPlan } from '../../contracts/action/action.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { buildModule } from './build-module.js';
import type { ActionContext } from './execution.js';
import { createrepo } from './createrepo.js';
import { deleteBuilds } from './delete-builds.js';
import { deleteChroot, deleteProject, removeDirs } from './discard.js';
import { fork } from './fork.js';
import { generateKey } from './generate-key.js';
import { rawhideToRelease } from './rawhide-to-release.js';
import { rename } from './rename.js';
import { updateComps } from './update-comps.js';

/** Executes a plan with the function of its type. */
export function execute(plan: ActionPlan, context: ActionContext): Promise<readonly FailureFact[]> {
  switch (plan.type) {
    case 'refused':
      return Promise.resolve([plan.failure]);
    case 'nothing':
      return Promise.resolve([]);
    case 'createrepo':
      return createrepo(plan, context);
    case 'gen_gpg_key':
      return generateKey(plan, context);
    case 'deleteBuilds':
      return deleteBuilds(plan, context);
    case 'deleteChroot':
      return deleteChroot(plan, context);
    case 'deleteProject':
      return deleteProject(plan, context);
    case 'removeDirs':
      return removeDirs(plan, context);
    case 'updateComps':
      return updateComps(plan, context);
    case 'buildModule':
      return buildModule(plan, context);
    case 'fork':
      return fork(plan, context);
    case 'rename':
      return rename(plan, context);
    case 'rawhideToRelease':
      return rawhideToRelease(plan, context);
  }
}
