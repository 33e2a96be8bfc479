/** Events one run of a long-lived workflow may cause: below the 10,240 from which on the server warns of long histories. */
export const EVENTS_PER_RUN = 8000;
/** Factor by which the limit may be exceeded while work is under way. */
export const OVERDRAFT = 1.2;

/** Maximum number of events for each kind of thing, including the workflow task that it triggers. */
export const EVENT_COST = {
  /** Scheduled, started, completed. */
  activity: 6,
  /** Started, fired or canceled. */
  timer: 5,
  /** Somebody's signal to this workflow. */
  signal: 4,
  /** A signal or a cancel to another workflow: initiated, then delivered or refused. */
  external: 5,
} as const;

/**
 * How far a run of a long-lived workflow is from starting over, counted by the workflow itself from what it does and
 * receives. It does not ask for the length of its history: a query that reaches a new worker ahead of the workflow task
 * sees another length than the task does, and a decision that depends on it does not replay (docs/determinism.md).
 */
export class EventBudget {
  readonly #limit: number;
  #spent = 0;
  #startsOver = false;

  constructor(limit: number = EVENTS_PER_RUN) {
    this.#limit = limit;
  }

  /** Adds `times` things of a kind. */
  spend(kind: keyof typeof EVENT_COST, times = 1): void {
    this.#spent += EVENT_COST[kind] * times;
  }

  /** The run is to start over at the next suitable point, however little it has done. */
  startOver(): void {
    this.#startsOver = true;
  }

  /** As `startOver`, and even though long work is under way. */
  overdraw(): void {
    this.startOver();
    this.#spent = Math.max(this.#spent, this.#limit * OVERDRAFT);
  }

  /** True once somebody wants the run to start over: whatever waits for nothing in particular ends its wait. */
  get startsOver(): boolean {
    return this.#startsOver;
  }

  /** True if the run should start over at the next suitable point. */
  get isSpent(): boolean {
    return this.#startsOver || this.#spent >= this.#limit;
  }

  /** True if it should start over even though long work is under way: that work is canceled and repeated. */
  get isOverdrawn(): boolean {
    return this.#spent >= this.#limit * OVERDRAFT;
  }
}
