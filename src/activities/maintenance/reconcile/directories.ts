import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { Frontend } from '../../../ports/frontend.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import type { Checker } from './checker.js';
import { mainDirectories, nameOf, nextProjects } from './project-parts.js';

/** Projects of one round: the frontend is asked for each. */
const PROJECTS = 500;

/**
 * Result directories and the frontend: the main directory of a project that the frontend does not know is left over.
 * Removing a project is a matter for a person.
 */
export function directoryChecker(deps: {
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly frontend: Pick<Frontend, 'project'>;
}): Checker {
  const { tree, frontend } = deps;
  return {
    name: 'directories',
    look: async (at) => {
      const { projects, covers, next } = await nextProjects(tree, at, PROJECTS);
      const findings: Finding[] = [];
      let looked = 0;
      for (const project of mainDirectories(projects, at)) {
        looked += 1;
        if ((await frontend.project(project.owner, project.dirname)) !== null) continue;
        findings.push({
          key: `${nameOf(project)}/`,
          text: `the frontend does not know ${nameOf(project)}, which has results`,
          remedy: `copr_print_results_to_delete lists such results; look whether the project was renamed before they go`,
        });
      }
      return { findings, looked, covers, next };
    },
    fix: null,
  };
}
