import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { isPullRequestDirname, projectOfDirname } from '../../domain/build/build-directory.js';
import type { ProjectChroots } from '../../ports/maintenance/project-chroots.js';
import type { ProjectDirectory, PrunableTree } from '../../ports/prune/prunable-tree.js';

/** Directories of a project beside its chroots. */
const NO_CHROOTS: ReadonlySet<string> = new Set([SOURCE_CHROOT, 'modules', 'repodata', 'pinned']);

/**
 * The directories of a project's directory that nobody needs, as names below the results root: itself if the frontend
 * does not know the project, else its chroots that the frontend does not know, or would delete today. The directories of
 * pull requests have their own clean-up.
 */
export async function deletableIn(
  deps: { readonly tree: Pick<PrunableTree, 'chroots'>; readonly frontend: ProjectChroots },
  { owner, dirname }: ProjectDirectory,
): Promise<readonly (readonly string[])[]> {
  if (isPullRequestDirname(dirname)) return [];
  const project = projectOfDirname(dirname);
  if ((await deps.frontend.project(owner, project)) === null) return [[owner, dirname]];
  const found: (readonly string[])[] = [];
  for (const { name } of await deps.tree.chroots({ owner, dirname })) {
    if (NO_CHROOTS.has(name)) continue;
    const known = await deps.frontend.chroot({ owner, project, chroot: name });
    if (known === null || known.deleteAfterDays === 0) found.push([owner, dirname, name]);
  }
  return found;
}
