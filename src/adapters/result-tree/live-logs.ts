import type { LiveLogs } from '../../ports/build/live-logs.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import type { TreePaths } from '../file-tree/paths.js';
import { insideBuild } from './inside-build.js';
import { beginPart, follow, tailOfLog } from './log-follower.js';

export type LiveLogsDeps = {
  readonly paths: TreePaths;
  /** Largest size of one build's log. */
  readonly maxBytes: number;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
};

/** Live logs in the build directories of the results tree. */
export function createLiveLogs({ paths, maxBytes, clock }: LiveLogsDeps): LiveLogs {
  const failing = 'the live log cannot be opened';
  return {
    begin: async (place, divider) =>
      insideBuild(paths, paths.build(place), { failing, work: () => beginPart(paths.build(place), divider) }),
    follow: async (place, base) =>
      insideBuild(paths, paths.build(place), {
        failing,
        work: () =>
          follow(paths.build(place), {
            ...{ base, maxBytes, clock },
            refuseDeleted: () => refuseDeleted(paths.root, paths.build(place)),
          }),
      }),
    tail: async (place, bytes) =>
      paths.within(`${paths.build(place)}: the live log cannot be read`, () => tailOfLog(paths.build(place), bytes)),
  };
}
