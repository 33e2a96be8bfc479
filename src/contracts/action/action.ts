import type { FailureFact } from '../failures/failure-codes.js';
import type { ProjectId, RepositoryId } from '../names/ids.js';
import type { RepositoryChange } from '../repository/repository.js';
import type { InStore } from '../store-kind.js';

/** A list of an action that is too long for a history, kept by the port `ActionWork` until the action has ended. */
export type WorkFile = {
  readonly file: string;
  /** Entries of its list. */
  readonly count: number;
  /** Of the file's bytes. */
  readonly sha256: string;
};

/** A list in the plan itself, or (more than `MAX_INLINE_LIST` entries) in a file. `ActionWork` writes and reads it. */
export type WorkList<T> =
  { readonly items: readonly T[]; readonly file: null } | { readonly items: null; readonly file: WorkFile };

/** One directory below an owner: a project's own (`hello`), or one beside it (`hello:pr:7`). */
export type DirectoryId = { readonly owner: string; readonly dirname: string };

/** A directory of a project, or one chroot in it, that an action deletes. */
export type Deletion = DirectoryId & { readonly chroot: string | null };

/** The requested work of one repository. */
export type RepositoryWork = { readonly repository: RepositoryId; readonly change: RepositoryChange };

/** One build of a fork: its directory in the source and in the destination, both in `chroot` (`srpm-builds` too). */
export type ForkedBuild = { readonly chroot: string; readonly from: string; readonly to: string };

/**
 * An action's work, parsed from the frontend's record (docs/neighbours/frontend.md#actions). Small facts: a plan always
 * fits into a history, whatever the record is like. All names are validated.
 */
export type ActionPlan = InStore &
  /** Refused before anything was touched; the reason is reported to the frontend. */
  (
    | { readonly type: 'refused'; readonly failure: FailureFact }
    /** The backend has nothing to do (legal flags); succeeds. */
    | { readonly type: 'nothing'; readonly why: string }
    | { readonly type: 'createrepo'; readonly requests: WorkList<RepositoryWork> }
    | { readonly type: 'gen_gpg_key'; readonly project: ProjectId; readonly sign: boolean }
    | {
        readonly type: 'deleteBuilds';
        readonly requests: WorkList<RepositoryWork>;
        /** Files that no metadata lists: source builds, old logs beside the builds. Paths below the owner's directory. */
        readonly loose: { readonly owner: string; readonly paths: WorkList<string> };
        /**
         * Builds that may have old logs in directories below the owner's; never in a history, because there `loose` has
         * the existing ones.
         */
        readonly oldLogs?: { readonly directories: readonly string[]; readonly ids: readonly number[] };
      }
    | { readonly type: 'deleteChroot'; readonly project: ProjectId; readonly chroot: string }
    | { readonly type: 'deleteProject'; readonly project: ProjectId; readonly directories: WorkList<DirectoryId> }
    /** `projects` are those whose lock it takes. */
    | {
        readonly type: 'removeDirs';
        readonly projects: readonly ProjectId[];
        readonly directories: WorkList<DirectoryId>;
        /** Its record names no store, so each is asked; missing in older histories, which know the tree alone. */
        readonly everyStore?: true;
      }
    /** `urlPath` follows frontend_base_url; null: the comps file is removed. */
    | { readonly type: 'updateComps'; readonly repository: RepositoryId; readonly urlPath: string | null }
    /** `modulemd` has one entry, the module's document, which becomes the modules.yaml of each directory; always a file. */
    | {
        readonly type: 'buildModule';
        readonly modulemd: WorkList<string>;
        /** Ids of the module's builds. */
        readonly builds: WorkList<number>;
        readonly requests: WorkList<RepositoryWork>;
      }
    | {
        readonly type: 'fork';
        readonly source: ProjectId;
        readonly destination: ProjectId;
        readonly builds: WorkList<ForkedBuild>;
        /** Metadata of every chroot, even if no build is copied; `srpm-builds` has none. */
        readonly requests: WorkList<RepositoryWork>;
        /** Sign with the destination's key. */
        readonly sign: boolean;
      }
    | {
        readonly type: 'rename';
        readonly source: ProjectId;
        readonly destination: ProjectId;
        readonly sign: boolean;
      }
    | {
        readonly type: 'rawhideToRelease';
        readonly project: ProjectId;
        readonly dirname: string;
        /** Chroots. */
        readonly from: string;
        readonly to: string;
        /** Names of build directories. */
        readonly builds: WorkList<string>;
        /** Metadata of `to`. */
        readonly requests: WorkList<RepositoryWork>;
      }
  );

/** Answer of the `status` query of an action; fields with the same meaning have the same shape as a build's. */
export type ActionStatus = {
  readonly task: string;
  readonly kind: 'action';
  readonly type: string | null;
  readonly stage: 'preparing' | 'working' | 'reporting' | 'ended';
  readonly since: string;
  /** `on`: ids of the workflows that it waits for, the first few. */
  readonly waitingFor: { readonly reason: string; readonly detail: string; readonly on?: readonly string[] } | null;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly outcome: ActionOutcome | null;
};

/** `note` has details besides success or failure: how much was copied, what was missing. */
export type ActionOutcome =
  | { readonly result: 'succeeded'; readonly note?: string }
  | { readonly result: 'failed'; readonly message: string; readonly note?: string };

/** How the workflow of an action completes; one that failed ends as Failed, with the first failure's code as the type. */
export type ActionEnd = Extract<ActionOutcome, { readonly result: 'succeeded' }>;
