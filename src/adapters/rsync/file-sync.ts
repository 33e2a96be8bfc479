import path from 'node:path';
import type { FileSync } from '../../ports/build/file-sync.js';
import { rsyncLogName } from '../file-tree/own-names.js';
import { createTreePaths } from '../file-tree/paths.js';
import { stagingPath } from '../file-tree/staging.js';
import type { Rsync } from './download.js';

/** Downloads into the staging directories of a results tree. */
export function createFileSync({ destdir, rsync }: { readonly destdir: string; readonly rsync: Rsync }): FileSync {
  const paths = createTreePaths(destdir);
  return {
    download: async ({ to, buildId, ...request }) =>
      rsync.download({
        ...request,
        destination: stagingPath(paths, to, to.staging),
        logFile: path.join(paths.build(to), rsyncLogName(buildId)),
      }),
  };
}
