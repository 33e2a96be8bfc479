import { describeBuilds } from './build.js';
import { describeDeletions } from './deletions.js';
import { describeProjects } from './project.js';
import { describePruning } from './prune.js';
import { describeRepositories } from './repository.js';
import type { OpenStorage } from './storage.js';

/** The contract of every storage, however it is built: no test names one of its files or paths. */
export function describeStorage(name: string, open: OpenStorage): void {
  describe(`${name} as a storage`, () => {
    describeBuilds(open);
    describeRepositories(open);
    describeProjects(open);
    describeDeletions(open);
    describePruning(open);
  });
}
