/** Events one run of a long-lived workflow may cause: below the 10,240 from which on the server warns of long histories. */
export const EVENTS_PER_RUN = 8000;
/** So many times as much is borne while work is under way. */
export const OVERDRAFT = 1.2;

/** Events that each thing costs at most, the workflow task it wakes up included. */
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
 * How far a run of a long-lived workflow is from beginning anew, counted by the workflow itself from what it does and is
 * told. It does not ask how long its history is: a query that reaches a new worker ahead of the workflow task reads
 * another length there than the task does, and a decision that hangs on it is not replayed (docs/determinism.md).
 */
export class EventBudget {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number = EVENTS_PER_RUN) {
    this.#limit = limit;
  }

  /** Counts `times` things of a kind. */
  spend(kind: keyof typeof EVENT_COST, times = 1): void {
    this.#spent += EVENT_COST[kind] * times;
  }

  /** True when the run shall begin anew at its next good place. */
  get isSpent(): boolean {
    return this.#spent >= this.#limit;
  }

  /** True when it shall begin anew even though work is under way that goes on for long: it is given up, and done again. */
  get isOverdrawn(): boolean {
    return this.#spent >= this.#limit * OVERDRAFT;
  }
}
