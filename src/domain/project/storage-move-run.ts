import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import type {
  MoveChroot,
  MovedBatch,
  StorageMoveOutcome,
  StorageMoveStatus,
} from '../../contracts/project/storage-move.js';

/** Problems that are kept; the worker's log has all. */
const PROBLEMS_KEPT = 10;

/**
 * The progress of a project's move to Pulp. Nothing here has a clock: `now` is ISO 8601 UTC. The status is the whole
 * state to pass on.
 */
export class StorageMoveRun {
  #status: StorageMoveStatus;

  /** Continues where `carried` stopped. */
  constructor(project: ProjectId, carried: StorageMoveStatus | null, now: string) {
    this.#status = carried ?? {
      ...project,
      stage: 'planning',
      since: now,
      chroots: [],
      position: { chroot: 0, after: null },
      done: { packages: 0, bytes: 0 },
      copyingSince: null,
      isCutOver: false,
      soakUntil: null,
      paused: null,
      undoneBy: null,
      problems: [],
      outcome: null,
    };
  }

  get status(): StorageMoveStatus {
    return this.#status;
  }

  /** The chroot that is copied; undefined: all are. */
  get chroot(): MoveChroot | undefined {
    return this.#status.chroots[this.#status.position.chroot];
  }

  get isPaused(): boolean {
    return this.#status.paused !== null;
  }

  get isUnwanted(): boolean {
    return this.#status.undoneBy !== null;
  }

  plan(chroots: readonly MoveChroot[]): void {
    this.#change({ chroots });
  }

  /** `by`: who wants it to pause; null: it continues. */
  pause(by: string | null): void {
    this.#change({ paused: by });
  }

  undo(by: string): void {
    this.#change({ undoneBy: by });
  }

  enter(stage: StorageMoveStatus['stage'], now: string): void {
    if (stage === this.#status.stage) return;
    const { copyingSince } = this.#status;
    this.#change({ stage, since: now, copyingSince: stage === 'copying' ? (copyingSince ?? now) : copyingSince });
  }

  /** A batch of the first pass is at Pulp; false: it was the chroot's last one. */
  count({ after, packages, bytes }: MovedBatch): boolean {
    const { done, position } = this.#status;
    this.#change({ done: { packages: done.packages + packages, bytes: done.bytes + bytes } });
    if (after !== null) this.#change({ position: { ...position, after } });
    return after !== null;
  }

  passChroot(): void {
    this.#change({ position: { chroot: this.#status.position.chroot + 1, after: null } });
  }

  cutOver(soakUntil: string): void {
    this.#change({ isCutOver: true, soakUntil });
  }

  /** Clients get everything from the tree. */
  return(): void {
    this.#change({ isCutOver: false, soakUntil: null });
  }

  /** A problem that does not stop the move. */
  problem(where: string, { code, message }: FailureFact): void {
    const line = `${where}: ${failureText({ code, message })}`;
    this.#change({ problems: [...this.#status.problems, line].slice(-PROBLEMS_KEPT) });
  }

  end(result: StorageMoveOutcome['result'], message: string | null, now: string): StorageMoveOutcome {
    const outcome: StorageMoveOutcome = { result, message };
    this.#change({ stage: 'ended', since: now, outcome });
    return outcome;
  }

  #change(changed: Partial<StorageMoveStatus>): void {
    this.#status = { ...this.#status, ...changed };
  }
}
