import type { ForkedBuild } from '../../contracts/action/action.js';
import type { SignActivities } from '../../contracts/activities.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { storeOf } from '../../contracts/store-kind.js';
import type { BuildCopies } from '../../ports/project/build-copies.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import { copySlice, type CopyProgress, type Finishing } from './build-copy.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { forkSigned, forkUnsigned } from '../signing/fork-signatures.js';

type Dependencies = Pick<
  ActivityDependencies,
  'signer' | 'stagingArea' | 'buildResults' | 'stores' | 'work' | 'messages' | 'settings' | 'log'
>;

/**
 * Copies builds of one project into another, from whichever directory of the source holds them: packages are real
 * copies, signed with the destination's key (or unsigned) and verified before they are committed. A copy already there
 * with the right signatures is left alone; one without is signed again.
 */
export function createForkBuilds(deps: Dependencies): SignActivities['forkBuilds'] {
  return (input) =>
    withHeartbeat<CopyProgress, Awaited<ReturnType<SignActivities['forkBuilds']>>>(deps, async (beating) => {
      const { source, destination, sign } = input;
      const store = deps.stores[storeOf(input)];
      const builds = await deps.work.read(input.builds);
      const dirnameOf = await locate(store.copies, source, builds.slice(input.first, input.first + input.atMost));
      const copies = builds.map(({ chroot, from, to }) => ({
        from: { owner: source.owner, dirname: dirnameOf(chroot, from), chroot, targetDir: from },
        to: { owner: destination.owner, dirname: destination.project, chroot, targetDir: to },
        packages: 'copies' as const,
        fromChroot: null,
      }));
      const where = { owner: destination.owner, dirname: destination.project };
      const slice = { actionId: input.actionId, first: input.first, atMost: input.atMost, destination: where, copies };
      const signatures = sign
        ? forkSigned({ ...deps, packageCopies: store.packageCopies }, destination)
        : forkUnsigned(deps);
      return copySlice(
        { copies: store.copies, log: deps.log },
        slice,
        { missing: missingIn(source), ...signatures },
        beating,
      );
    });

  /** Finds the directory of each build in the source; for a build found nowhere it is the project's main directory. */
  async function locate(
    copies: BuildCopies,
    source: ProjectId,
    builds: readonly ForkedBuild[],
  ): Promise<(chroot: string, name: string) => string> {
    const found = new Map<string, ReadonlyMap<string, string>>();
    for (const chroot of new Set(builds.map((build) => build.chroot))) {
      const names = builds.filter((build) => build.chroot === chroot).map(({ from }) => from);
      found.set(chroot, await copies.locate(source, chroot, names));
    }
    return (chroot, name) => found.get(chroot)?.get(name) ?? source.project;
  }
}

/** Source builds are pruned after a time, and the fork works without them; the user would miss any other build. */
function missingIn({ owner, project }: ProjectId): Finishing['missing'] {
  return ({ chroot }) =>
    chroot === SOURCE_CHROOT
      ? null
      : { code: 'BuildMissing', message: `no results in ${owner}/${project} or a directory beside it` };
}
