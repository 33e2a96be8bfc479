import type { BuildOutcome } from './build.js';
import type { RepositoryChange } from './repository.js';
import type { ProjectId, RepositoryId } from './ids.js';

/** What an action asks for, parsed from the frontend's record (actions.md §1). */
export type ActionPlan =
  | {
      readonly type: 'createrepo';
      readonly requests: readonly { readonly repository: RepositoryId; readonly change: RepositoryChange }[];
    }
  | { readonly type: 'gen_gpg_key'; readonly project: ProjectId; readonly sign: boolean }
  /** Refused before anything was touched; the reason is reported to the frontend. */
  | { readonly type: 'refused'; readonly failure: Extract<BuildOutcome, { result: 'failed' }>['failure'] };

/** Answer of the `status` query of an action; the same shape as a build's where the words mean the same. */
export type ActionStatus = {
  readonly task: string;
  readonly kind: 'action';
  readonly type: string | null;
  readonly stage: 'preparing' | 'working' | 'reporting' | 'ended';
  readonly since: string;
  readonly waitingFor: { readonly reason: string; readonly detail: string } | null;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly outcome: ActionOutcome | null;
};

export type ActionOutcome = { readonly result: 'succeeded' } | { readonly result: 'failed'; readonly message: string };
