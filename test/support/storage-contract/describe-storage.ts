import { describeBuilds } from './build.js';
import { describeDeletions } from './deletions.js';
import { describeProjects } from './project.js';
import { describePruning } from './prune.js';
import { describeRepositories } from './repository.js';
import type { OpenStorage } from './storage.js';

/** What every storage must fulfil, whatever it is made of: no test names a file or a path of it. */
export function describeStorage(name: string, open: OpenStorage): void {
  describe(`${name} as a storage`, () => {
    describeBuilds(open);
    describeRepositories(open);
    describeProjects(open);
    describeDeletions(open);
    describePruning(open);
  });
}
