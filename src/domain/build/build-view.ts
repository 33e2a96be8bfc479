import type {
  BuildFacts,
  BuildKind,
  BuildOutcome,
  Builder,
  BuildStage,
  BuildStatus,
  WaitReason,
} from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { resultPath } from './build-directory.js';

/** The current attempt on a builder, with the facts known so far. */
export type Attempt = {
  /** 1 for the first; 0: none yet. */
  readonly attempt: number;
  readonly ticket: number | null;
  /** Other tickets of the build, which may still be open. */
  readonly earlierTickets?: readonly number[];
  readonly builder: Builder | null;
};

/** A finished stage. */
export type EndedStage = { readonly stage: BuildStage; readonly seconds: number };

/**
 * The people's view of a build. It is told what happens and decides nothing. Nothing here reads a clock: `now` is ISO
 * 8601 UTC.
 */
export class BuildView {
  readonly #taskId: string;
  readonly #kind: BuildKind;
  #stage: BuildStage = 'preparing';
  /** When the current work began; a stage may be entered again for another reason. */
  #since: string;
  #entered: string;
  #waitingFor: WaitReason | null = null;
  #facts: BuildFacts | null = null;
  #attempt: Attempt = { attempt: 0, ticket: null, builder: null };
  #logBytes = 0;
  #lastFailure: BuildStatus['lastFailure'] = null;
  #outcome: BuildOutcome | null = null;

  constructor(taskId: string, kind: BuildKind, now: string) {
    this.#taskId = taskId;
    this.#kind = kind;
    this.#since = now;
    this.#entered = now;
  }

  /** Returns the stage that this ends; null: it is the same stage again. */
  enter(stage: BuildStage, waitingFor: WaitReason | null, now: string): EndedStage | null {
    const ended = { stage: this.#stage, seconds: (Date.parse(now) - Date.parse(this.#entered)) / 1000 };
    this.#since = now;
    this.#waitingFor = waitingFor;
    if (stage === this.#stage) return null;
    this.#stage = stage;
    this.#entered = now;
    return ended;
  }

  /** The stage and its start time stay. */
  waitFor(waitingFor: WaitReason | null): void {
    this.#waitingFor = waitingFor;
  }

  /** Null: the frontend has no record of it. */
  identify(facts: BuildFacts | null): void {
    this.#facts = facts;
  }

  attempt({ attempt, ticket, earlierTickets = [], builder }: Attempt): void {
    this.#attempt = { attempt, ticket, earlierTickets, builder };
  }

  /** Bytes of the builder's log, once it is complete. */
  countLog(bytes: number): void {
    this.#logBytes = bytes;
  }

  fail(failure: FailureFact, now: string): void {
    this.#lastFailure = { ...failure, at: now };
  }

  end(outcome: BuildOutcome): void {
    this.#outcome = outcome;
  }

  get builder(): Builder | null {
    return this.#attempt.builder;
  }

  get status(): BuildStatus {
    const facts = this.#facts;
    const { attempt, ticket, earlierTickets = [], builder } = this.#attempt;
    return {
      task: this.#taskId,
      kind: this.#kind,
      stage: this.#stage,
      since: this.#since,
      attempt,
      host: builder?.host ?? null,
      ticket,
      waitingFor: this.#waitingFor,
      logBytes: this.#logBytes,
      lastFailure: this.#lastFailure,
      outcome: this.#outcome,
      owner: facts?.owner ?? null,
      project: facts?.project ?? null,
      chroot: facts?.chroot ?? null,
      packageName: facts?.packageName ?? null,
      resultPath: facts === null ? null : resultPath(facts),
      ...(earlierTickets.length === 0 ? {} : { earlierTickets }),
    };
  }
}
