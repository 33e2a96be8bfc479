import type { RepositoryId } from '../names/ids.js';

/**
 * A list of thousands of paths, kept beside the results so that no history carries it. Made by the port
 * `PlanFiles`; every host that mounts the results tree can read it.
 */
export type PlanFile = {
  /** Name below the project's staging directory. */
  readonly file: string;
  /** Entries of all its lists. */
  readonly count: number;
  /** Of the file's bytes. */
  readonly sha256: string;
};

/** Longest list that a change carries itself; what is longer goes into a plan file. */
export const MAX_INLINE_LIST = 50;

/** The three lists of a change; also what a plan file holds. */
export type ChangeLists = {
  /** Build directories whose packages shall be named. */
  readonly add: readonly string[];
  /** Build directories whose packages leave the metadata; they are removed once no client may read them any more. */
  readonly delete: readonly string[];
  /** Single RPMs that do the same: paths below the chroot directory, `00000002-foo/foo-1-1.x86_64.rpm`. */
  readonly removeRpms: readonly string[];
};

/**
 * What one requester wants of a directory's metadata (docs/neighbours/createrepo.md#requests); `repositoryChange` makes
 * one.
 */
export type RepositoryChange = ChangeLists & {
  /**
   * `ensure`: make it if it is missing; `full`: scan the tree (what is deleted leaves all the same); `change`: the lists;
   * `reread`: comps.xml or modules.yaml is another one now, publish what stands there with it.
   */
  readonly kind: 'ensure' | 'full' | 'change' | 'reread';
  /** Further lists, too long to stand here; they count as if they stood in the change. */
  readonly plan: PlanFile | null;
  /** True: `devel/repodata` only (manual-createrepo projects). */
  readonly devel: boolean;
  /** Make appstream metadata where the project allows it. */
  readonly appstream: boolean;
  /** Look at size and time of every known package, and read anew what differs (packages were signed again). */
  readonly doStat: boolean;
};

/** What an operator does to the published generations; in the same order as the changes. */
export type RepositoryOperation =
  /** An earlier generation goes live; later changes are prepared, and go live only on `release`. */
  | { readonly kind: 'rollback'; readonly generation: string; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'release'; readonly by: string }
  /** Gives a generation a URL of its own, for good. */
  | { readonly kind: 'pin'; readonly generation: string; readonly by: string }
  | { readonly kind: 'unpin'; readonly generation: string; readonly by: string };

/** All that a repository is asked for. */
export type RepositoryCommand = RepositoryChange | RepositoryOperation;

/** Several changes made one run. */
export type RepositoryRun = ChangeLists & {
  readonly full: boolean;
  readonly reread: boolean;
  readonly plan: PlanFile | null;
  readonly devel: boolean;
  readonly appstream: boolean;
  readonly doStat: boolean;
};

export type PublishInput = { readonly repository: RepositoryId; readonly run: RepositoryRun };
export type OperateInput = { readonly repository: RepositoryId; readonly operation: RepositoryOperation };

/** Clients see this generation until `release`. */
export type Hold = {
  readonly generation: string;
  /** ISO 8601 UTC. */
  readonly since: string;
  readonly by: string;
  readonly reason: string | null;
};

/** What stands in the metadata after a run; with a hold, in what is prepared. */
export type Published = {
  readonly packages: number;
  /** Name of the generation: repomd.xml's revision, which always grows. */
  readonly revision: string;
  readonly changed: boolean;
  /** Not null: it is prepared and not live. */
  readonly hold: Hold | null;
  /** When removed packages, which clients may still read, can be collected; null: nothing waits. ISO 8601 UTC. */
  readonly collectAt: string | null;
  /** What went less well and stopped nothing (appstream, a directory to add that is gone), a line each. */
  readonly warnings: readonly string[];
  /** What those hear who added these build directories, a line each; missing where there is nothing to say. */
  readonly notes?: readonly BuildNote[];
};

export type BuildNote = { readonly build: string; readonly text: string };

/** Answer of the `changes` query. */
export type RepositoryStatus = {
  readonly repository: RepositoryId;
  readonly running: RepositoryRun | RepositoryOperation | null;
  readonly waiting: number;
  /** Requests that are prepared and wait for `release`. */
  readonly held: number;
  readonly runs: number;
  readonly lastPublished: (Published & { readonly at: string }) | null;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
};

/** A change that says only what is special about it: `repositoryChange('change', { add: ['00000007-hello'] })`. */
export function repositoryChange(
  kind: RepositoryChange['kind'],
  special: Partial<Omit<RepositoryChange, 'kind'>> = {},
): RepositoryChange {
  const usual = { add: [], delete: [], removeRpms: [], plan: null, devel: false, appstream: false, doStat: false };
  return { kind, ...usual, ...special };
}

/** True for what changes the metadata, false for what an operator does to generations. */
export function isChange(command: RepositoryCommand): command is RepositoryChange {
  return ['ensure', 'full', 'change', 'reread'].includes(command.kind);
}
