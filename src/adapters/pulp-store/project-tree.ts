import path from 'node:path';
import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import type { ProjectTree } from '../../ports/project/project-tree.js';
import { PortFailure } from '../../ports/port-failure.js';
import { exists } from '../files/entries.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
import { createTreePaths } from '../file-tree/paths.js';
import { entriesOfProject } from '../file-tree/project-directories.js';
import { isSame, readRename } from '../file-tree/renames.js';
import { createProjectTree } from '../project-tree/project-tree.js';
import type { PulpRepositories } from '../pulp/repositories.js';
import { holdOf } from './generation.js';
import { prefixOf } from './names.js';
import type { RedirectFile } from './redirect-file.js';
import { createTaskFile } from './task-file.js';

/**
 * The results tree of projects whose packages are at Pulp. A rename takes their repositories along, with all
 * generations: the directories move first, then each repository and each distribution gets its new name.
 */
export function createPulpProjectTree(deps: {
  readonly destdir: string;
  readonly repositories: PulpRepositories;
  readonly redirects?: RedirectFile;
}): ProjectTree {
  const { repositories } = deps;
  const tree = createProjectTree(deps);
  const paths = createTreePaths(deps.destdir);

  async function refuseHeld(source: ProjectId, signal: AbortSignal | undefined): Promise<void> {
    for (const dirname of await entriesOfProject(paths.root, source)) {
      const directory = { owner: source.owner, dirname, chroot: null };
      for (const distribution of await repositories.distributions(prefixOf(directory), signal))
        if (holdOf(distribution) !== null)
          throw new PortFailure(
            'RenameRefused',
            `${distribution.name} is held by an operator: release it first (repo release)`,
          );
    }
  }

  /** Work under way for the old names ends before they go. */
  async function awaitTasks(directory: DirectoryId, signal: AbortSignal | undefined): Promise<void> {
    const places = [paths.project(directory)];
    for (const chroot of await chrootsIn(paths, directory)) places.push(path.join(paths.project(directory), chroot));
    for (const place of places) {
      const memory = createTaskFile(place);
      await repositories.awaitTasks(memory.all(), { memory, signal });
    }
  }

  async function move(from: DirectoryId, to: DirectoryId, signal: AbortSignal | undefined): Promise<void> {
    await awaitTasks(to, signal);
    const watch = { memory: createTaskFile(paths.project(to)), signal };
    const [before, after] = [from, to].map((one) => prefixOf({ ...one, chroot: null }));
    if (before === undefined || after === undefined) return;
    const renamed = (name: string): string => after + name.slice(before.length);
    // An object with the new name belongs to a directory that is gone: nothing of value is there (ProjectTree.rename).
    for (const repository of await repositories.repositories(before, signal)) {
      const taken = await repositories.find(renamed(repository.name), signal);
      // It may be this one: what an earlier attempt asked for has just been done.
      if (taken !== null && taken.pulp_href !== repository.pulp_href) await repositories.remove(taken.pulp_href, watch);
      await repositories.rename(repository, renamed(repository.name), watch);
    }
    for (const distribution of await repositories.distributions(before, signal)) {
      const taken = await repositories.distribution(renamed(distribution.name), signal);
      if (taken !== null && taken.pulp_href !== distribution.pulp_href)
        await repositories.remove(taken.pulp_href, watch);
      await repositories.redirect(distribution, renamed(distribution.name), watch);
    }
  }

  /** The name is in use again: whatever has it at Pulp belongs to somebody else. */
  const isInUse = ({ owner, dirname }: DirectoryId): Promise<boolean> => exists(paths.project({ owner, dirname }));

  return {
    ...tree,
    rename: async (wanted, { signal } = {}) => {
      const { source, destination, action } = wanted;
      await paths.within(`${source.owner}/${source.project} cannot be renamed`, async () => {
        const known = await readRename(paths.root, source);
        const isBegun = known?.action === action && isSame(known.to, destination);
        if (!isBegun) await refuseHeld(source, signal);
      });
      const dirnames = await tree.rename(wanted);
      await paths.within(`${source.owner}/${source.project}: its repositories cannot be renamed`, async () => {
        for (const dirname of dirnames) {
          const suffix = dirname.slice(destination.project.length);
          const from = { owner: source.owner, dirname: source.project + suffix };
          if (!(await isInUse(from))) await move(from, { owner: destination.owner, dirname }, signal);
        }
        await deps.redirects?.add(`${destination.owner}/${destination.project}`, signal);
        if (!(await isInUse({ owner: source.owner, dirname: source.project })))
          await deps.redirects?.remove(`${source.owner}/${source.project}`, signal);
      });
      return dirnames;
    },
  };
}
