import type { BuildDirectories } from './build/build-directories.js';
import type { LiveLogs } from './build/live-logs.js';
import type { BackendLog } from './build/backend-log.js';
import type { StagingArea } from './build/staging-area.js';
import type { BuildResults } from './build/build-results.js';
import type { ProjectKeys } from './signing/project-keys.js';
import type { ProjectContents } from './project/project-contents.js';
import type { PackageCopies } from './signing/package-copies.js';

/** Everything that a storage of results does for builds and their projects, one port each. */
export type BuildStorage = {
  readonly buildDirectories: BuildDirectories;
  readonly liveLogs: LiveLogs;
  readonly backendLog: BackendLog;
  readonly stagingArea: StagingArea;
  readonly buildResults: BuildResults;
  readonly projectKeys: ProjectKeys;
  readonly projectContents: ProjectContents;
  readonly packageCopies: PackageCopies;
};
