import type { BackendLog } from '../../ports/build/backend-log.js';
import type { BuildDirectories } from '../../ports/build/build-directories.js';
import type { BuildResults } from '../../ports/build/build-results.js';
import type { LiveLogs } from '../../ports/build/live-logs.js';
import type { StagingArea } from '../../ports/build/staging-area.js';
import type { ProjectContents } from '../../ports/project/project-contents.js';
import type { PackageCopies } from '../../ports/signing/package-copies.js';
import type { ProjectKeys } from '../../ports/signing/project-keys.js';
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
  /** Milliseconds that only grow. */
  readonly clock?: () => number;
};

/** All that a results tree is to builds and their projects, a port each. */
export type ResultTree = {
  readonly buildDirectories: BuildDirectories;
  readonly liveLogs: LiveLogs;
  readonly backendLog: BackendLog;
  readonly stagingArea: StagingArea;
  readonly buildResults: BuildResults;
  readonly projectKeys: ProjectKeys;
  readonly projectContents: ProjectContents;
  readonly packageCopies: PackageCopies;
};

/** The results tree on a file system that this process can write (docs/neighbours/storage.md#tree). */
export function createResultTree(deps: ResultTreeDeps): ResultTree {
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
