import type { ActionPlan, DirectoryId, RepositoryWork } from '../../../contracts/action/action.js';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { BuildsDeletion, ProjectDeletion } from '../../../ports/action/requested-action.js';
import { inline } from './inline-list.js';

/** One build, or several at once (docs/neighbours/frontend.md#deletes). */
export function planDeleteBuilds({ owner, chroots, ids, devel, appstream }: BuildsDeletion): ActionPlan {
  const requests: RepositoryWork[] = [];
  const loose: string[] = [];
  const directories: string[] = [];
  for (const { dirname, chroot, builds } of chroots) {
    directories.push(`${dirname}/${chroot}`);
    if (chroot === SOURCE_CHROOT) loose.push(...builds.map((build) => `${dirname}/${chroot}/${build}`));
    else if (builds.length > 0) {
      // Clients of a manual-createrepo project read the public metadata, which must not name deleted packages either.
      for (const isDevel of devel ? [false, true] : [false]) {
        const change = repositoryChange('change', { delete: builds, devel: isDevel, appstream });
        requests.push({ repository: { owner, dirname, chroot }, change });
      }
    }
  }
  return {
    ...{ type: 'deleteBuilds', requests: inline(requests), loose: { owner, paths: inline(loose) } },
    oldLogs: { directories, ids },
  };
}

/** A delete of a project (docs/neighbours/frontend.md#deletes). */
export function planDeleteProject({ owner, dirnames }: ProjectDeletion): ActionPlan {
  const [first] = dirnames;
  if (first === undefined) return { type: 'nothing', why: 'no directory is named' };
  const directories = dirnames.map((dirname) => ({ owner, dirname }));
  return {
    type: 'deleteProject',
    project: { owner, project: projectOfDirname(first) },
    directories: inline(directories),
  };
}

/** Removal of directories (docs/neighbours/frontend.md#deletes). */
export function planRemoveDirs(directories: readonly DirectoryId[]): ActionPlan {
  if (directories.length === 0) return { type: 'nothing', why: 'no directory is named' };
  const projects = new Map(
    directories.map(({ owner, dirname }) => [
      `${owner}/${projectOfDirname(dirname)}`,
      { owner, project: projectOfDirname(dirname) },
    ]),
  );
  return {
    ...{ type: 'removeDirs', projects: [...projects.values()], directories: inline(directories) },
    everyStore: true,
  };
}
