import type { PublishActivities } from '../../contracts/activities.js';
import type { Deletion, DirectoryId } from '../../contracts/action/action.js';
import { storeOf } from '../../contracts/store-kind.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { PortFailure } from '../../ports/port-failure.js';
import { copySlice, type CopyProgress, type Finishing } from './build-copy.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';

type Dependencies = Pick<ActivityDependencies, 'stores' | 'work' | 'projects' | 'messages' | 'log'>;

/** Copies keep their packages and signatures; the frontend may name builds that were pruned. */
const AS_THEY_ARE: Finishing = {
  missing: () => null,
  finish: () => Promise.resolve([]),
  repair: () => Promise.resolve([]),
};

/** Starts all copies, and copies from one chroot of a project into another. */
export function createBranchActivities(deps: Dependencies): Pick<PublishActivities, 'openCopies' | 'branchBuilds'> {
  const { stores, work, projects } = deps;
  return {
    openCopies: ({ actionId, source, destination, requests, ...where }) =>
      withHeartbeat(deps, async () => {
        if (source !== null) await insistOn(source);
        const { owner, dirname } = destination;
        const chroots = (await work.read(requests)).map(({ repository }) => repository.chroot);
        for (const name of new Set([projectOfDirname(dirname), dirname]))
          await recreate({ owner, dirname: name, chroot: null }, actionId);
        for (const chroot of chroots) await recreate({ owner, dirname, chroot }, actionId);
        await stores[storeOf(where)].copies.dropUnfinished(destination);
      }),

    branchBuilds: ({ actionId, directory, from, to, builds, first, atMost, ...where }) =>
      withHeartbeat<CopyProgress, Awaited<ReturnType<PublishActivities['branchBuilds']>>>(deps, async (beating) => {
        const list = (await work.read(builds)).map((targetDir) => ({
          from: { ...directory, chroot: from, targetDir },
          to: { ...directory, chroot: to, targetDir },
          packages: 'links' as const,
          fromChroot: from,
        }));
        const slice = { actionId, destination: directory, copies: list, first, atMost };
        const { copies } = stores[storeOf(where)];
        return copySlice({ copies, log: deps.log }, slice, AS_THEY_ARE, beating);
      }),
  };

  async function insistOn({ owner, dirname }: DirectoryId): Promise<void> {
    if (await projects.exists([owner, dirname])) return;
    const by = await projects.deletedBy({ owner, dirname, chroot: null });
    throw by === null
      ? new PortFailure('SourceMissing', `${owner}/${dirname} has no results here`)
      : new PortFailure('ProjectDeleted', `${owner}/${dirname} was deleted by action ${by}`);
  }

  /** Checked under the project's lock: a delete may have removed it since the action was read. */
  async function recreate(deletion: Deletion, actionId: number): Promise<void> {
    const by = await projects.deletedBy(deletion);
    if (by === null) return;
    if (by < actionId) return projects.recreate(deletion);
    // A missing chroot refuses its own builds only.
    if (deletion.chroot !== null) return;
    const what = `${deletion.owner}/${deletion.dirname}`;
    throw new PortFailure('ProjectDeleted', `${what} was deleted by action ${by}, which was asked for later`);
  }
}
