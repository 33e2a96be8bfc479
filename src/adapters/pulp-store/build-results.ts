import type { BuildResults } from '../../ports/build/build-results.js';
import { createTreePaths } from '../file-tree/paths.js';
import { readBuildRecord, leavePackages } from './build-record.js';

/**
 * Results of which Pulp may have the packages: a delivered build's packages include those whose files are gone from the
 * disk. Builds that gave nothing to Pulp are as they were, so that one such port serves both storages.
 */
export function createPulpBuildResults(deps: {
  readonly destdir: string;
  readonly results: BuildResults;
}): BuildResults {
  const { results } = deps;
  const paths = createTreePaths(deps.destdir);
  return {
    ...results,
    rpms: async (of) => {
      const names = await results.rpms(of);
      if ('staging' in of) return names;
      const record = await paths.within(`${paths.build(of)} cannot be read`, () =>
        readBuildRecord(paths.chroot(of), of.targetDir),
      );
      return [...new Set([...names, ...(record?.packages ?? []).map(({ file }) => file)])].sort();
    },
    withdraw: async (staged) => {
      const removed = await results.withdraw(staged);
      // Another delivery's packages stay, and so does their record.
      if (removed > 0)
        await paths.within(`${paths.build(staged)}: its record cannot be changed`, () =>
          leavePackages(paths.chroot(staged), staged.targetDir),
        );
      return removed;
    },
  };
}
