import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { ShownKeys } from '../../../ports/maintenance/reconciliation.js';
import type { ProjectContents } from '../../../ports/project/project-contents.js';
import type { ProjectDirectory, PrunableTree } from '../../../ports/prune/prunable-tree.js';
import type { Checker } from './checker.js';
import { mainDirectories, nameOf, nextProjects } from './project-parts.js';

/** Projects of one round: gpg reads the key of each. */
const PROJECTS = 500;
/** Keys that end sooner are named. */
const AHEAD_MS = 60 * 86_400_000;

/**
 * Keys and projects: a project with packages shows a key that can be read, and that does not end within 60 days. Only a
 * person decides about a key; an expired one is extended by the next build anyway.
 */
export function keyChecker(deps: {
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly contents: ProjectContents;
  readonly keys: ShownKeys;
  readonly now: () => number;
}): Checker {
  const { tree, contents, keys, now } = deps;
  return {
    name: 'keys',
    look: async (at) => {
      const { projects, covers, next } = await nextProjects(tree, at, PROJECTS);
      const findings: Finding[] = [];
      let looked = 0;
      for (const project of mainDirectories(projects, at)) {
        looked += 1;
        const wrong = await flawOf(project);
        if (wrong !== null) findings.push({ key: `${nameOf(project)}/key`, ...wrong });
      }
      return { findings, looked, covers, next };
    },
    fix: null,
  };

  async function flawOf(project: ProjectDirectory): Promise<Omit<Finding, 'key'> | null> {
    const name = nameOf(project);
    const key = await keys.look(project);
    if (key.state === 'missing') {
      if (!(await hasBuilds(project))) return null;
      return { text: `${name} has packages, and shows no key`, remedy: `copr-fix-gpg ${name}` };
    }
    if (key.state === 'unreadable')
      return { text: `the key that ${name} shows cannot be read`, remedy: `copr-fix-gpg ${name}` };
    if (key.endsAt === null || key.endsAt.getTime() - now() > AHEAD_MS) return null;
    const day = key.endsAt.toISOString().slice(0, 10);
    return {
      text: `the key of ${name} ends on ${day}`,
      remedy: 'extend its term at the signer before then: clients refuse new packages after it',
    };
  }

  async function hasBuilds(project: ProjectDirectory): Promise<boolean> {
    for (const chroot of await contents.chroots(project))
      if ((await contents.builds({ ...project, chroot })).length > 0) return true;
    return false;
  }
}
