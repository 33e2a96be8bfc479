import type { RepositoryId } from '../../../contracts/names/ids.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { Frontend, PublicProject } from '../../../ports/frontend.js';
import { PortFailure } from '../../../ports/port-failure.js';

/** The remedy for public metadata that only the owner of its project may change. */
export const OWNER_DECIDES = 'its owner decides what is public (manual createrepo): regenerate it in the frontend';

/**
 * The project of metadata that is about to be made again, as the frontend sees it now: a full run publishes every
 * package. Null: nothing is to be made, because the project has gone, is in Pulp, or no longer has the chroot. Rejects
 * with PortFailure `RepositoryFailed` if its owner has to release the packages.
 */
export async function remadeProject(
  frontend: Pick<Frontend, 'project'>,
  { owner, dirname, chroot }: RepositoryId,
  { devel }: { readonly devel: boolean },
): Promise<PublicProject | null> {
  const project = await frontend.project(owner, projectOfDirname(dirname));
  if (project === null || project.store === 'pulp' || !project.chroots.includes(chroot)) return null;
  if (project.develMode && !devel) throw new PortFailure('RepositoryFailed', OWNER_DECIDES);
  return project;
}
