import type { FailureFact } from '../contracts/failures.js';
import type { RepositoryId } from '../contracts/ids.js';
import type { PruneProgress, PruneStep } from '../contracts/prune.js';

/** Failures that are kept; the worker's log has all. */
const KEPT = 20;

/** What a prune run has done so far, and where something went wrong. */
export class PruneTally {
  #progress: PruneProgress;

  constructor(carried: PruneProgress | null) {
    this.#progress = carried ?? { gone: 0, kept: 0, failed: 0, unwell: [], troubles: [], troubleCount: 0 };
  }

  progress(): PruneProgress {
    return this.#progress;
  }

  /** A step was checked: what it asked for is settled later. */
  add(step: PruneStep): void {
    this.#progress = {
      ...this.#progress,
      gone: this.#progress.gone + step.gone,
      kept: this.#progress.kept + step.kept,
    };
    if (step.repository !== null && step.unfinished !== null)
      this.#trouble(step.repository, { code: 'RepositoryFailed', message: step.unfinished });
  }

  /** The repository has answered; with a failure, what was asked for is not gone. */
  settle(step: PruneStep, failure: FailureFact | null): void {
    const { gone, failed } = this.#progress;
    if (failure === null) this.#progress = { ...this.#progress, gone: gone + step.asked };
    else {
      this.#progress = { ...this.#progress, failed: failed + step.asked };
      if (step.repository !== null) this.#trouble(step.repository, failure);
    }
  }

  #trouble({ owner, dirname, chroot }: RepositoryId, failure: FailureFact): void {
    const { unwell, troubles, troubleCount } = this.#progress;
    this.#progress = {
      ...this.#progress,
      unwell: unwell.includes(chroot) ? unwell : [...unwell, chroot],
      troubles: [...troubles, { where: `${owner}/${dirname}/${chroot}`, failure }].slice(-KEPT),
      troubleCount: troubleCount + 1,
    };
  }
}
