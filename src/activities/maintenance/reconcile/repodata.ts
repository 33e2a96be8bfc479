import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { Frontend } from '../../../ports/frontend.js';
import type { RepositoryOwners, RepositorySurvey } from '../../../ports/maintenance/reconciliation.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import type { Checker } from './checker.js';
import { mainDirectories, nameOf, nextProjects } from './project-parts.js';
import { OWNER_DECIDES, remadeProject } from './remade-project.js';

/** Projects of one round: the frontend is asked for each. */
const PROJECTS = 500;

const REMEDY = 'copr-backend reconcile --check repodata --fix, or regenerate the repositories in the frontend';

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
      for (const project of mainDirectories(projects, at)) {
        const facts = await frontend.project(project.owner, project.dirname);
        if (facts === null || facts.store === 'pulp') continue;
        for (const chroot of facts.chroots) {
          looked += 1;
          if (await survey.hasMetadata({ ...project, chroot })) continue;
          findings.push({
            key: `${nameOf(project)}/${chroot}`,
            text: `${nameOf(project)} has no metadata for its chroot ${chroot}`,
            remedy: facts.develMode ? OWNER_DECIDES : REMEDY,
          });
        }
      }
      return { findings, looked, covers, next };
    },
    fix: async ({ key }) => {
      const [owner = '', dirname = '', chroot = ''] = key.split('/');
      const repository = { owner, dirname, chroot };
      const project = await remadeProject(frontend, repository, { devel: false });
      if (project !== null) await owners.remake(repository, { devel: false, appstream: project.appstream });
    },
  };
}
