import type { BuildStorage } from '../../ports/build-storage.js';
import { createTreePaths } from '../file-tree/paths.js';
import { createBackendLog } from './backend-log.js';
import { createBuildDirectories } from './build-directories.js';
import { createBuildResults } from './build-results.js';
import { createLiveLogs } from './live-logs.js';
import { createPackageCopies } from './package-copies.js';
import { createProjectContents } from './project-contents.js';
import { createProjectKeys } from './project-keys.js';
import { createStagingArea } from './staging-area.js';

export type ResultTreeDeps = {
  readonly destdir: string;
  /** `log_max_bytes`: longest live log of one build; none by default. */
  readonly logMaxBytes?: number;
  readonly log?: { readonly warn: (facts: object, message: string) => void };
  /** For backend.log. */
  readonly now?: () => Date;
  /** A monotonic clock in milliseconds. */
  readonly clock?: () => number;
};

/** The results tree on a file system that this process can write (docs/neighbours/storage.md#tree). */
export function createResultTree(deps: ResultTreeDeps): BuildStorage {
  const paths = createTreePaths(deps.destdir);
  return {
    buildDirectories: createBuildDirectories({ paths }),
    liveLogs: createLiveLogs({
      paths,
      maxBytes: deps.logMaxBytes ?? Number.POSITIVE_INFINITY,
      clock: deps.clock ?? (() => performance.now()),
    }),
    backendLog: createBackendLog({ paths, now: deps.now ?? (() => new Date()), log: deps.log }),
    stagingArea: createStagingArea({ paths }),
    buildResults: createBuildResults({ paths }),
    projectKeys: createProjectKeys({ paths }),
    projectContents: createProjectContents({ paths }),
    packageCopies: createPackageCopies({ paths }),
  };
}
