import type { FailureFact } from '../failures/failure-codes.js';
import type { RepositoryId } from '../names/ids.js';

/** The plan of a prune run: a file beside the results, so that no history carries its lines. */
export type PrunePlanFile = {
  /** Name below the plans' directory of the results tree. */
  readonly file: string;
  /** Number of lines with removals. */
  readonly count: number;
  /** Of the file's bytes. */
  readonly sha256: string;
};

/**
 * Packages of one directory that leave its metadata at once. Each such request makes the metadata once; a pause waits
 * for one to end.
 */
export const STEP_LINES = 1000;

/** A position in a plan, in bytes: the start of the chroot's part (null: find the next one), and the next line. */
export type PruneCursor = { readonly section: number | null; readonly line: number };

export type PruneStepInput = {
  readonly plan: PrunePlanFile;
  readonly at: PruneCursor;
  /** Lines of one step; those of one build are never separated. */
  readonly lines: number;
  /** Of the request to the repository. */
  readonly requestId: string;
};

/** Result for the next lines of a plan. `asked + gone + kept` is their number. */
export type PruneStep = {
  /** Null: there was nothing left in the plan. */
  readonly repository: RepositoryId | null;
  /** Requested from the repository, which will answer; 0: there is nothing to wait for. */
  readonly asked: number;
  /** No longer there. */
  readonly gone: number;
  /** The plan's reason no longer holds, so they stay. */
  readonly kept: number;
  /** Why the chroot is not finished by this run (it is held, or its metadata had to be made first). */
  readonly unfinished: string | null;
  /** Null: the plan is at its end. */
  readonly next: PruneCursor | null;
};

/** A step whose repository has not answered yet. */
export type OpenPruneStep = { readonly at: PruneCursor; readonly step: PruneStep };

export type PruneTrouble = { readonly where: string; readonly failure: FailureFact };

/** The work that a prune run has done so far; also passed on when it continues as new. */
export type PruneProgress = {
  /** Lines that are gone, stayed although the plan listed them, or failed. */
  readonly gone: number;
  readonly kept: number;
  readonly failed: number;
  /** Chroots in which something failed or is unfinished: they are not reported as finally pruned. */
  readonly unwell: readonly string[];
  /** The last failures and unfinished directories; how many there were. */
  readonly troubles: readonly PruneTrouble[];
  readonly troubleCount: number;
};

/** Answer of the `status` query. */
export type PruneStatus = PruneProgress & {
  readonly plan: PrunePlanFile;
  readonly stage: 'pruning' | 'pausing' | 'paused' | 'reporting' | 'ended';
  /** ISO 8601 UTC. */
  readonly since: string;
  readonly pausedBy: string | null;
  /** Directories under way. */
  readonly underWay: readonly string[];
  readonly outcome: PruneOutcome | null;
};

/** Progress of a survey, also the details of its heartbeat: projects looked at, of how many. */
export type SurveyProgress = { readonly looked: number; readonly of: number };

/** The result of planning a round; `leftOut` as in `PruneRound`. */
export type PlannedRound =
  | { readonly result: 'planned'; readonly plan: PrunePlanFile; readonly leftOut: number }
  | { readonly result: 'nothing'; readonly leftOut: number }
  /** A plan is carried out already, so nothing was surveyed. */
  | { readonly result: 'underWay' };

/** The result of a round of pruning. */
export type PruneRound = {
  /**
   * The plan's result, or: there was `nothing` to prune; another plan is `underWay`, and this round left it alone;
   * somebody has `canceled` its plan.
   */
  readonly result: PruneOutcome['result'] | 'nothing' | 'underWay' | 'canceled';
  /** Projects and directories that could not be surveyed, or of which too much would be removed. */
  readonly leftOut: number;
  readonly outcome: PruneOutcome | null;
};

export type PruneOutcome = {
  /** `incomplete`: something failed, or waits for an operator. */
  readonly result: 'succeeded' | 'incomplete';
  readonly gone: number;
  readonly kept: number;
  readonly failed: number;
  /** Chroots that were reported as finally pruned. */
  readonly finished: number;
};
