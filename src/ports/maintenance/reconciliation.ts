import type { CheckMemory, CheckName } from '../../domain/maintenance/reconciliation.js';
import type { RepositoryId } from '../../contracts/names/ids.js';

/**
 * The findings of earlier rounds, for all hosts that mount the results; each check has its own part. Rejects with
 * PortFailure `StorageFailed`.
 */
export type ReconcileMemory = {
  /**
   * Runs `work` while no other round does this check on any host; null: another one does. `lost` is aborted if another
   * round may begin all the same: the work must stop.
   */
  readonly alone: <T>(check: CheckName, work: (lost: AbortSignal) => Promise<T>) => Promise<T | null>;
  /** Null if there is none; `lost`: it was unreadable, so that every finding needs two more looks. */
  readonly read: (check: CheckName) => Promise<{ readonly memory: CheckMemory | null; readonly lost: string | null }>;
  /** Replaces what is known of this check, and of no other. */
  readonly write: (check: CheckName, memory: CheckMemory) => Promise<void>;
};

/** A build that has not ended. */
export type OpenBuild = {
  readonly taskId: string;
  readonly workflowId: string;
  readonly runId: string;
};

/** The builds at Temporal. Rejects with the client's error. */
export type OpenBuilds = {
  readonly list: () => Promise<readonly OpenBuild[]>;
  /** Its stage; null: it has ended, or does not answer. */
  readonly stageOf: (build: OpenBuild) => Promise<string | null>;
  /** Cancels this very run; its report says why. */
  readonly cancel: (build: OpenBuild, reason: string) => Promise<void>;
};

/** Metadata that has to be made again. */
export type Damaged = { readonly devel: boolean; readonly what: string; readonly appstream: boolean };

/** The metadata of chroot directories, as a survey sees it. Rejects with PortFailure `StorageFailed`. */
export type RepositorySurvey = {
  /** True if the directory has public metadata, damaged or not. */
  readonly hasMetadata: (repository: RepositoryId) => Promise<boolean>;
  /** True if an operator holds it at a generation. */
  readonly isHeld: (repository: RepositoryId) => Promise<boolean>;
  /** Public and devel metadata that is damaged or does not match its packages; missing metadata is none. */
  readonly damage: (repository: RepositoryId) => Promise<readonly Damaged[]>;
};

/** The workflows that own repositories. Rejects with the client's error. */
export type RepositoryOwners = {
  /** Asks for a full run, and does not wait for its end. */
  readonly remake: (repository: RepositoryId, of: Pick<Damaged, 'devel' | 'appstream'>) => Promise<void>;
};

/** The keys that directories of projects show. Rejects with PortFailure: `StorageFailed`, `SignerUnavailable` (gpg). */
export type ShownKeys = {
  readonly look: (directory: { readonly owner: string; readonly dirname: string }) => Promise<
    | { readonly state: 'missing' }
    | { readonly state: 'unreadable' }
    /** `endsAt`: when it can sign no more, or could not since; null: never. */
    | { readonly state: 'shown'; readonly endsAt: Date | null }
  >;
};
