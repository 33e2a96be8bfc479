import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type {
  ResignChroot,
  ResignedBatch,
  ResignOutcome,
  ResignStatus,
  ResignTarget,
} from '../../contracts/signing/resign.js';
import { failureText } from '../../contracts/failures/failure-text.js';

/** Problems that are kept; the worker's log has all. */
const PROBLEMS_KEPT = 10;

/**
 * The progress of re-signing a directory: chroot by chroot, build by build. Nothing here has a clock: `now` is ISO 8601
 * UTC. The status is the whole state to pass on.
 */
export class ResignRun {
  #status: ResignStatus;

  /** Continues where `carried` stopped. */
  constructor(target: ResignTarget, carried: ResignStatus | null, now: string) {
    this.#status = carried ?? {
      ...target,
      stage: 'planning',
      since: now,
      chroots: [],
      position: { chroot: 0, after: null },
      done: { builds: 0, signed: 0, failed: 0 },
      paused: null,
      problems: [],
      outcome: null,
    };
  }

  get status(): ResignStatus {
    return this.#status;
  }

  /** The current chroot; undefined: all are done. */
  get chroot(): ResignChroot | undefined {
    return this.#status.chroots[this.#status.position.chroot];
  }

  get isPaused(): boolean {
    return this.#status.paused !== null;
  }

  plan(chroots: readonly ResignChroot[]): void {
    this.#change({ chroots });
  }

  /** `by`: who wants it to pause; null: it continues. */
  pause(by: string | null): void {
    this.#change({ paused: by });
  }

  enter(stage: ResignStatus['stage'], now: string): void {
    if (stage !== this.#status.stage) this.#change({ stage, since: now });
  }

  /** A batch of the chroot was signed. */
  count(chroot: string, batch: ResignedBatch): void {
    const { builds, signed, failed } = this.#status.done;
    const done = { builds: builds + batch.builds, signed: signed + batch.signed, failed: failed + batch.failed };
    this.#change({ done });
    for (const { build, failure } of batch.failures) this.problem(`${chroot}/${build}`, failure);
  }

  /** The batch is done. `after`: its last build directory. */
  passBatch(after: string): void {
    this.#change({ position: { ...this.#status.position, after } });
  }

  passChroot(): void {
    this.#change({ position: { chroot: this.#status.position.chroot + 1, after: null } });
  }

  /** A problem that does not stop the run, but is reported in its outcome. */
  problem(where: string, { code, message }: FailureFact): void {
    this.#change({
      problems: [...this.#status.problems, `${where}: ${failureText({ code, message })}`].slice(-PROBLEMS_KEPT),
    });
  }

  /** A run with problems has not succeeded. */
  end(result: ResignOutcome['result'], message: string | null, now: string): ResignOutcome {
    const { done, problems } = this.#status;
    const outcome: ResignOutcome =
      result === 'succeeded' && problems.length > 0
        ? { result: 'failed', done, message: 'something could not be signed or published: see problems' }
        : { result, done, message };
    this.#change({ stage: 'ended', since: now, outcome });
    return outcome;
  }

  #change(changed: Partial<ResignStatus>): void {
    this.#status = { ...this.#status, ...changed };
  }
}
