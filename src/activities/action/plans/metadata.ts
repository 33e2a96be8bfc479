import type { ActionPlan } from '../../../contracts/action/action.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import type { MetadataRequest, ModuleRequest } from '../../../ports/action/requested-action.js';
import { inline } from './inline-list.js';

/** A createrepo (docs/neighbours/frontend.md#metadata). */
export function planCreaterepo({ owner, dirnames, chroots, devel, appstream }: MetadataRequest): ActionPlan {
  const requests = dirnames.flatMap((dirname) =>
    chroots.map((chroot) => ({
      repository: { owner, dirname, chroot },
      change: repositoryChange('full', { devel, appstream }),
    })),
  );
  return { type: 'createrepo', requests: inline(requests) };
}

/** A module, for the main directory of its project (docs/neighbours/frontend.md#actions). */
export function planModule({ project, chroots, builds, modulemd, appstream }: ModuleRequest): ActionPlan {
  const requests = [...new Set(chroots)].map((chroot) => ({
    repository: { owner: project.owner, dirname: project.project, chroot },
    change: repositoryChange('reread', { appstream }),
  }));
  return { type: 'buildModule', modulemd: inline([modulemd]), builds: inline(builds), requests: inline(requests) };
}
