import type { ActionPlan } from '../../../contracts/action/action.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import type { BranchRequest, ForkRequest } from '../../../ports/action/requested-action.js';
import { inline } from './inline-list.js';

/** A fork (docs/neighbours/frontend.md#copies): also chroots without builds get metadata. */
export function planFork({ source, destination, chroots, builds }: ForkRequest, doSign: boolean): ActionPlan {
  const requests = chroots.map((chroot) => ({
    repository: { owner: destination.owner, dirname: destination.project, chroot },
    change: repositoryChange('full', { appstream: true }),
  }));
  return { type: 'fork', source, destination, builds: inline(builds), requests: inline(requests), sign: doSign };
}

/**
 * A branched chroot (docs/neighbours/frontend.md#copies). No known frontend sends `devel`; if one does, the public
 * metadata waits for its user, as everywhere in a manual-createrepo project.
 */
export function planRawhideToRelease(branch: BranchRequest): ActionPlan {
  const { project, dirname, from, to, builds, devel, appstream } = branch;
  const repository = { owner: project.owner, dirname, chroot: to };
  const requests = [{ repository, change: repositoryChange('full', { appstream, devel }) }];
  return { type: 'rawhideToRelease', project, dirname, from, to, builds: inline(builds), requests: inline(requests) };
}
