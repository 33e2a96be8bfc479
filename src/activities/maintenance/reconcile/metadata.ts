import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { ProjectContents } from '../../../ports/project/project-contents.js';
import type { Damaged, RepositoryOwners, RepositorySurvey } from '../../../ports/maintenance/reconciliation.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { Checker } from './checker.js';
import { nameOf, nextProjects } from './project-parts.js';

/** Directories of projects of one round: all their metadata is read, and some of their packages. */
const PROJECTS = 50;

/** Packages on disk and metadata: what `copr-backend repo heal` finds and mends, a part of the tree in each round. */
export function metadataChecker(deps: {
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly contents: Pick<ProjectContents, 'chroots'>;
  readonly survey: Pick<RepositorySurvey, 'damage' | 'isHeld'>;
  readonly owners: RepositoryOwners;
}): Checker {
  const { tree, contents, survey, owners } = deps;
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
          for (const damage of await survey.damage(repository)) findings.push(findingOf(repository, damage));
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
      await owners.remake(repository, damage);
    },
  };
}

function findingOf({ owner, dirname, chroot }: RepositoryId, { devel, what }: Damaged): Finding {
  const name = `${owner}/${dirname}`;
  return {
    key: `${name}/${chroot}/${devel ? 'devel' : 'public'}`,
    text: `${devel ? 'devel metadata' : 'metadata'} of ${name} ${chroot}: ${what}`,
    remedy: `copr-backend repo heal ${name} ${chroot}`,
  };
}
