import type { ActionPlan } from '../../../contracts/action/action.js';
import type { StoreKind } from '../../../contracts/store-kind.js';
import type { ActionRequest, RequestedAction } from '../../../ports/action/requested-action.js';
import { planFork, planRawhideToRelease } from './copies.js';
import { planDeleteBuilds, planDeleteProject, planRemoveDirs } from './deletes.js';
import { inline } from './inline-list.js';
import { planCreaterepo, planModule } from './metadata.js';

/**
 * Makes the plan of a requested action, with complete lists of any length (`shortPlan` moves those into files). One
 * that this backend does not support is refused with the reason. Pure.
 */
export function planAction({ store, request }: RequestedAction, doSign: boolean): ActionPlan {
  const plan = planRequest(request, doSign);
  return store === 'tree' ? plan : inStoreOf(store, plan);
}

/** The same plan for a project whose packages are in another store than the tree. */
function inStoreOf(store: StoreKind, plan: ActionPlan): ActionPlan {
  if (!('requests' in plan)) return { ...plan, store };
  const works = plan.requests.items ?? [];
  const requests = inline(works.map(({ repository, change }) => ({ repository, change: { ...change, store } })));
  return { ...plan, store, requests };
}

function planRequest(request: ActionRequest, doSign: boolean): ActionPlan {
  switch (request.type) {
    case 'deleteBuilds':
      return planDeleteBuilds(request);
    case 'deleteChroot':
    case 'updateComps':
      return request;
    case 'deleteProject':
      return planDeleteProject(request);
    case 'deleteOther':
      return unsupported(`delete of ${JSON.stringify(request.objectType).slice(0, 100)} is not known to this backend`);
    case 'removeDirectories':
      return planRemoveDirs(request.directories);
    case 'createrepo':
      return planCreaterepo(request);
    case 'generateKey':
      return { type: 'gen_gpg_key', project: request.project, sign: doSign };
    case 'buildModule':
      return planModule(request);
    case 'fork':
      return planFork(request, doSign);
    case 'rename':
      return { ...request, sign: doSign };
    case 'rawhideToRelease':
      return planRawhideToRelease(request);
    case 'legalFlag':
      return { type: 'nothing', why: 'a legal flag is the frontend’s own matter' };
    case 'updateModule':
      return unsupported('a module is not updated: a build of it brings the whole document');
    case 'cancelBuild':
      return unsupported('a build is not canceled by an action, but by a cancel request');
  }
}

function unsupported(message: string): ActionPlan {
  return { type: 'refused', failure: { code: 'ActionUnsupported', message } };
}
