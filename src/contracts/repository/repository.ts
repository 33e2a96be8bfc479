import type { RepositoryId } from '../names/ids.js';
import type { MoveStep } from '../project/storage-move.js';
import type { InStore } from '../store-kind.js';

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

/** Longest list inside a change; a longer one goes into a plan file. */
export const MAX_INLINE_LIST = 50;

/** The three lists of a change; also the content of a plan file. */
export type ChangeLists = {
  /** Build directories whose packages have to be listed. */
  readonly add: readonly string[];
  /** Build directories whose packages leave the metadata; they are removed once no client may read them any more. */
  readonly delete: readonly string[];
  /** Single RPMs to remove in the same way: paths below the chroot directory, `00000002-foo/foo-1-1.x86_64.rpm`. */
  readonly removeRpms: readonly string[];
};

/**
 * A requested change of a directory's metadata (docs/neighbours/createrepo.md#requests); `repositoryChange` makes one.
 */
export type RepositoryChange = ChangeLists &
  InStore & {
    /**
     * `ensure`: make it if it is missing; `full`: scan the tree (deleted packages leave nevertheless); `change`: the
     * lists; `reread`: comps.xml or modules.yaml has changed, publish the existing packages with it.
     */
    readonly kind: 'ensure' | 'full' | 'change' | 'reread';
    /** Further lists, too long for this place; they count like the lists of the change. */
    readonly plan: PlanFile | null;
    /** True: `devel/repodata` only (manual-createrepo projects). */
    readonly devel: boolean;
    /** Make appstream metadata where the project allows it. */
    readonly appstream: boolean;
    /** Check size and time of every known package, and read those again that differ (packages were signed again). */
    readonly doStat: boolean;
  };

/** An operator's command on the published generations; served in order with the changes. */
export type GenerationOperation = InStore &
  /** An earlier generation goes live; later changes are prepared, and go live only on `release`. */
  (
    | { readonly kind: 'rollback'; readonly generation: string; readonly by: string; readonly reason: string | null }
    | { readonly kind: 'release'; readonly by: string }
    /** Gives a generation its own permanent URL. */
    | { readonly kind: 'pin'; readonly generation: string; readonly by: string }
    | { readonly kind: 'unpin'; readonly generation: string; readonly by: string }
  );

/** A step of the move of the whole project to Pulp; served like an operator's command. */
export type MoveOperation = InStore & { readonly kind: 'move'; readonly step: MoveStep };

/** Commands that are served alone, in order with the changes. */
export type RepositoryOperation = GenerationOperation | MoveOperation;

/** Everything that a repository can be asked for. */
export type RepositoryCommand = RepositoryChange | RepositoryOperation;

/** Several changes made one run. */
export type RepositoryRun = ChangeLists &
  InStore & {
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

/** The metadata after a run; with a hold, the prepared metadata. */
export type Published = {
  readonly packages: number;
  /** Name of the generation: repomd.xml's revision, which always increases. */
  readonly revision: string;
  readonly changed: boolean;
  /** Not null: it is prepared, not live. */
  readonly hold: Hold | null;
  /** When removed packages, which clients may still read, can be collected; null: nothing waits. ISO 8601 UTC. */
  readonly collectAt: string | null;
  /** Problems that did not stop the run (appstream, a directory to add that is gone), a line each. */
  readonly warnings: readonly string[];
  /** Notes for the requesters that added these build directories, a line each; absent if there are none. */
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

/**
 * Makes a change from the fields that differ from the default: `repositoryChange('change', { add: ['00000007-hello']
 * })`.
 */
export function repositoryChange(
  kind: RepositoryChange['kind'],
  special: Partial<Omit<RepositoryChange, 'kind'>> = {},
): RepositoryChange {
  const usual = { add: [], delete: [], removeRpms: [], plan: null, devel: false, appstream: false, doStat: false };
  return { kind, ...usual, ...special };
}

/** True for a change of the metadata, false for an operator's command on generations. */
export function isChange(command: RepositoryCommand): command is RepositoryChange {
  return ['ensure', 'full', 'change', 'reread'].includes(command.kind);
}
