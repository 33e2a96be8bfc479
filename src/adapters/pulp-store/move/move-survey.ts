import type { ProjectId } from '../../../contracts/names/ids.js';
import type { MoveChroot } from '../../../contracts/project/storage-move.js';
import type { MoveSurvey } from '../../../ports/project/storage-move.js';
import { chrootsIn } from '../../file-tree/chroots-and-builds.js';
import { createTreePaths } from '../../file-tree/paths.js';
import { entriesOfProject } from '../../file-tree/project-directories.js';
import type { PulpContent } from '../../pulp/pulp-client.js';
import { allOf, readTree } from './tree-listing.js';

/** Looks at what the metadata of a project's chroots in the tree list. */
export function createMoveSurvey({
  destdir,
  client,
}: {
  readonly destdir: string;
  readonly client: PulpContent;
}): MoveSurvey {
  const paths = createTreePaths(destdir);

  async function survey({ owner, project }: ProjectId): Promise<readonly MoveChroot[]> {
    const found: MoveChroot[] = [];
    for (const dirname of await entriesOfProject(paths.root, { owner, project }))
      for (const chroot of await chrootsIn(paths, { owner, dirname })) {
        const listing = await readTree(paths, { owner, dirname, chroot });
        if (listing.public === null && listing.devel === null) continue;
        const packages = allOf(listing);
        const bytes = packages.reduce((sum, one) => sum + one.bytes, 0);
        found.push({ dirname, chroot, packages: packages.length, bytes });
      }
    return found;
  }

  return {
    survey: (project) => paths.within(`${project.owner}/${project.project} cannot be surveyed`, () => survey(project)),
    alreadyThere: (repository) =>
      paths.within(`${paths.chroot(repository)} cannot be read`, async () => {
        const wanted = new Set(allOf(await readTree(paths, repository)).map(({ sha256 }) => sha256));
        return (await client.packages.find([...wanted])).size;
      }),
  };
}
