import { goesOn, type Crowd } from '../storm/storm.js';
import type { StormBuild } from '../storm/storm-build.js';

/** A build that its user deleted, and the action that the backend gets for it. */
export type Deleted = { readonly build: StormBuild; readonly actionId: number };

/** Users delete finished builds, while others of the same repositories are built. Deleted builds leave `crowd`. */
export async function deleteBuilds(
  crowd: Crowd,
  share: number,
  seconds: number,
  signal: AbortSignal,
): Promise<readonly Deleted[]> {
  const deleted: Deleted[] = [];
  // Others are built again from these.
  const kept = new Set(crowd.seeded.builds.map(({ id }) => id));
  while (deleted.length < share && (await goesOn(seconds / (share + 1), signal))) {
    const over = (await crowd.people.builds()).filter(
      ({ id, over: isOver }) => isOver && crowd.builds.has(id) && !kept.has(id),
    );
    // A canceled build may have a workflow that is still cleaning up; so may the last ones.
    const one = over[deleted.length % Math.max(1, over.length)];
    const build = one === undefined ? undefined : crowd.builds.get(one.id);
    if (build === undefined) continue;
    const [action] = await crowd.people.act('POST', 'builds/delete', { ids: [build.id] });
    if (action === undefined) throw new Error(`deleting build ${build.id} made no action`);
    crowd.builds.delete(build.id);
    deleted.push({ build, actionId: action.id });
    crowd.say(`build ${build.id} is deleted`);
  }
  return deleted;
}
