import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { Frontend } from '../../../ports/frontend.js';
import type { RepositoryOwners, RepositorySurvey } from '../../../ports/maintenance/reconciliation.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import type { Checker } from './checker.js';
import { nameOf, nextProjects } from './project-parts.js';

/** Projects of one round: the frontend is asked for each. */
const PROJECTS = 500;

/** Enabled chroots and metadata: the main directory of a project has metadata for each chroot that its owner enabled. */
export function repodataChecker(deps: {
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly frontend: Pick<Frontend, 'project'>;
  readonly survey: Pick<RepositorySurvey, 'hasMetadata'>;
  readonly owners: RepositoryOwners;
}): Checker {
  const { tree, frontend, survey, owners } = deps;
  return {
    name: 'repodata',
    look: async (at) => {
      const { projects, covers, next } = await nextProjects(tree, at, PROJECTS);
      const findings: Finding[] = [];
      let looked = 0;
      for (const project of projects.filter(({ dirname }) => dirname === projectOfDirname(dirname))) {
        at.signal.throwIfAborted();
        at.progress(nameOf(project));
        const facts = await frontend.project(project.owner, project.dirname);
        if (facts === null || facts.isPulp) continue;
        for (const chroot of facts.chroots) {
          looked += 1;
          if (await survey.hasMetadata({ ...project, chroot })) continue;
          findings.push({
            key: `${nameOf(project)}/${chroot}`,
            text: `${nameOf(project)} has no metadata for its chroot ${chroot}`,
            remedy: 'copr-backend reconcile --check repodata --fix, or regenerate the repositories in the frontend',
          });
        }
      }
      return { findings, looked, covers, next };
    },
    fix: async ({ key }) => {
      const [owner = '', dirname = '', chroot = ''] = key.split('/');
      const facts = await frontend.project(owner, dirname);
      await owners.remake({ owner, dirname, chroot }, { devel: false, appstream: facts?.appstream ?? false });
    },
  };
}
