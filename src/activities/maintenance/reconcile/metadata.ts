import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { Frontend } from '../../../ports/frontend.js';
import type { ProjectContents } from '../../../ports/project/project-contents.js';
import type { Damaged, RepositoryOwners, RepositorySurvey } from '../../../ports/maintenance/reconciliation.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { Checker } from './checker.js';
import { nameOf, nextProjects } from './project-parts.js';
import { OWNER_DECIDES, remadeProject } from './remade-project.js';

/** Directories of projects of one round: all their metadata is read, and some of their packages. */
const PROJECTS = 50;

/** Packages on disk and metadata: what `copr-backend repo heal` finds and mends, a part of the tree in each round. */
export function metadataChecker(deps: {
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly contents: Pick<ProjectContents, 'chroots'>;
  readonly frontend: Pick<Frontend, 'project'>;
  readonly survey: Pick<RepositorySurvey, 'damage' | 'isHeld'>;
  readonly owners: RepositoryOwners;
}): Checker {
  const { tree, contents, frontend, survey, owners } = deps;
  return {
    name: 'metadata',
    look: async (at) => {
      const { projects, covers, next } = await nextProjects(tree, at, PROJECTS);
      const findings: Finding[] = [];
      let looked = 0;
      for (const project of projects) {
        for (const chroot of await contents.chroots(project)) {
          at.signal.throwIfAborted();
          at.progress(`${nameOf(project)}/${chroot}`);
          looked += 1;
          const repository = { ...project, chroot };
          for (const damage of await survey.damage(repository)) {
            const finding = await findingOf(repository, damage);
            if (finding !== null) findings.push(finding);
          }
        }
      }
      return { findings, looked, covers, next };
    },
    fix: async ({ key }) => {
      const [owner = '', dirname = '', chroot = '', kind = ''] = key.split('/');
      const repository = { owner, dirname, chroot };
      const damage = (await survey.damage(repository)).find(({ devel }) => devel === (kind === 'devel'));
      if (damage === undefined) return;
      if (!damage.devel && (await survey.isHeld(repository)))
        throw new PortFailure('RepositoryFailed', 'an operator holds it: `copr-backend repo release`');
      if ((await remadeProject(frontend, repository, damage)) !== null) await owners.remake(repository, damage);
    },
  };

  /** Null: its packages are at Pulp, and what is left here goes. */
  async function findingOf(
    { owner, dirname, chroot }: RepositoryId,
    { devel, what }: Damaged,
  ): Promise<Finding | null> {
    const name = `${owner}/${dirname}`;
    const project = await frontend.project(owner, projectOfDirname(dirname));
    if (project?.store === 'pulp') return null;
    return {
      key: `${name}/${chroot}/${devel ? 'devel' : 'public'}`,
      text: `${devel ? 'devel metadata' : 'metadata'} of ${name} ${chroot}: ${what}`,
      remedy: project?.develMode === true && !devel ? OWNER_DECIDES : `copr-backend repo heal ${name} ${chroot}`,
    };
  }
}
