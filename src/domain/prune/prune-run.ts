import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type {
  OpenPruneStep,
  PruneCursor,
  PruneOutcome,
  PrunePlanFile,
  PruneProgress,
  PruneStatus,
  PruneStep,
} from '../../contracts/prune/prune.js';

/** Failures that are kept; the worker's log has all. */
const TROUBLES_KEPT = 20;

/** The state that a prune run passes on when it continues as new; a cursor of null: the plan is at its end. */
export type PruneCarried = {
  readonly cursor: PruneCursor | null;
  /** Steps whose answer the earlier run waited for; the answer goes to that run, so they are requested again. */
  readonly open: readonly OpenPruneStep[];
  readonly progress: PruneProgress;
  readonly pausedBy: string | null;
};

/**
 * A prune run's position in its plan, the steps requested from repositories, and the work done. Nothing here has a
 * clock: `now` is ISO 8601 UTC.
 */
export class PruneRun {
  readonly #plan: PrunePlanFile;
  readonly #parallel: number;
  /** By the offset in the plan at which they begin. */
  readonly #open = new Map<string, OpenPruneStep>();
  #cursor: PruneCursor | null = { section: null, line: 0 };
  #progress: PruneProgress = { gone: 0, kept: 0, failed: 0, unwell: [], troubles: [], troubleCount: 0 };
  #stage: PruneStatus['stage'] = 'pruning';
  #since: string;
  #pausedBy: string | null = null;
  #isAsking = false;
  #outcome: PruneOutcome | null = null;

  /** `parallel`: steps requested from repositories at the same time. */
  constructor(
    of: { readonly plan: PrunePlanFile; readonly parallel: number },
    carried: PruneCarried | null,
    now: string,
  ) {
    this.#plan = of.plan;
    this.#parallel = of.parallel;
    this.#since = now;
    if (carried === null) return;
    this.#cursor = carried.cursor;
    this.#progress = carried.progress;
    this.#pausedBy = carried.pausedBy;
    for (const open of carried.open) this.#open.set(keyOf(open.at), open);
  }

  /** Where the next step begins; null: the plan is at its end. */
  get cursor(): PruneCursor | null {
    return this.#cursor;
  }

  get mayBegin(): boolean {
    return this.#pausedBy === null && this.#open.size < this.#parallel;
  }

  get isAllAnswered(): boolean {
    return this.#open.size === 0;
  }

  /** Chroots in which something failed or is unfinished. */
  get unwell(): readonly string[] {
    return this.#progress.unwell;
  }

  /** `by`: who wants it to pause after the work under way; null: it continues. */
  pause(by: string | null, now: string): void {
    this.#pausedBy = by;
    this.#showStage(now);
  }

  /** The lines at the cursor are being checked. */
  ask(): void {
    this.#isAsking = true;
  }

  /** They were checked, and the remaining work was requested from their repository. Not null: it will answer. */
  recordStep(at: PruneCursor, step: PruneStep, now: string): OpenPruneStep | null {
    this.#isAsking = false;
    this.#cursor = step.next;
    this.#add({ gone: step.gone, kept: step.kept });
    if (step.repository !== null && step.unfinished !== null)
      this.#trouble(step.repository, { code: 'RepositoryFailed', message: step.unfinished });
    const open = step.repository !== null && step.asked > 0 ? { at, step } : null;
    if (open !== null) this.#open.set(keyOf(at), open);
    this.#showStage(now);
    return open;
  }

  /** The repository has answered; after a failure, the requested packages are not gone. */
  complete({ at, step }: OpenPruneStep, failure: FailureFact | null, now: string): void {
    this.#open.delete(keyOf(at));
    if (failure === null) this.#add({ gone: step.asked });
    else {
      this.#add({ failed: step.asked });
      if (step.repository !== null) this.#trouble(step.repository, failure);
    }
    this.#showStage(now);
  }

  /** All lines are done: the frontend is being told. */
  report(now: string): void {
    this.#stage = 'reporting';
    this.#since = now;
  }

  /** `finished`: chroots that were reported as finally pruned. */
  end(finished: number, now: string): PruneOutcome {
    const { gone, kept, failed, troubleCount } = this.#progress;
    const outcome = { result: troubleCount === 0 ? 'succeeded' : 'incomplete', gone, kept, failed, finished } as const;
    this.#outcome = outcome;
    this.#stage = 'ended';
    this.#since = now;
    return outcome;
  }

  carried(): PruneCarried {
    const [cursor, progress, pausedBy] = [this.#cursor, this.#progress, this.#pausedBy];
    return { cursor, open: [...this.#open.values()], progress, pausedBy };
  }

  status(): PruneStatus {
    return {
      ...this.#progress,
      ...{ plan: this.#plan, stage: this.#stage, since: this.#since, pausedBy: this.#pausedBy },
      underWay: [...this.#open.values()].map(({ step }) => (step.repository === null ? '' : pathOf(step.repository))),
      outcome: this.#outcome,
    };
  }

  #add(counts: { readonly gone?: number; readonly kept?: number; readonly failed?: number }): void {
    const { gone, kept, failed } = this.#progress;
    this.#progress = {
      ...this.#progress,
      ...{ gone: gone + (counts.gone ?? 0), kept: kept + (counts.kept ?? 0), failed: failed + (counts.failed ?? 0) },
    };
  }

  #trouble(repository: RepositoryId, failure: FailureFact): void {
    const { unwell, troubles, troubleCount } = this.#progress;
    const { chroot } = repository;
    this.#progress = {
      ...this.#progress,
      unwell: unwell.includes(chroot) ? unwell : [...unwell, chroot],
      troubles: [...troubles, { where: pathOf(repository), failure }].slice(-TROUBLES_KEPT),
      troubleCount: troubleCount + 1,
    };
  }

  /** A pause has begun once the work under way has ended. */
  #showStage(now: string): void {
    if (this.#stage === 'reporting' || this.#stage === 'ended') return;
    const isWorking = this.#isAsking || this.#open.size > 0;
    const stage = this.#pausedBy === null ? 'pruning' : isWorking ? 'pausing' : 'paused';
    if (stage !== this.#stage) this.#since = now;
    this.#stage = stage;
  }
}

function keyOf({ section, line }: PruneCursor): string {
  return `${section ?? 'new'}/${line}`;
}

function pathOf({ owner, dirname, chroot }: RepositoryId): string {
  return `${owner}/${dirname}/${chroot}`;
}
