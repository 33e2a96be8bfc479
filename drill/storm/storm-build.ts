import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { Script } from './script.js';

/** A build of the storm, and what was done to it. */
export type StormBuild = {
  readonly id: number;
  readonly repository: RepositoryId;
  readonly script: Script;
  /** It was built from sources; the others' sources had been imported before. */
  readonly hasSources: boolean;
  /** Stage in which its user requested its end; null: nobody did. */
  canceledIn: string | null;
};
