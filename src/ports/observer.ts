import type { ActionOutcome } from '../contracts/action/action.js';
import type { BuildKind, BuildOutcome } from '../contracts/build/build.js';
import type { FailureCode } from '../contracts/failures/failure-codes.js';
import type { DispatchView, Limits, TaskFacts } from '../contracts/dispatch/dispatch.js';
import type { LimitsSnapshot } from '../contracts/dispatch/queue.js';

/** One complete answer of the frontend, compared with the dispatcher's view. */
export type Look = {
  /** Everything listed, in the order of the policy. */
  readonly ordered: readonly TaskFacts[];
  readonly view: DispatchView;
  readonly limits: Limits;
  /** Ids of listed tasks that the frontend has no record of; they are not offered. */
  readonly inactive?: ReadonlySet<string>;
  /** Which poller the limits come from, as several pollers may have different ones. */
  readonly limitsSnapshot?: LimitsSnapshot;
  /** When the frontend was asked, in milliseconds since the epoch. */
  readonly began: number;
};

/** Why a look at the frontend failed. */
export type LookFailure = {
  readonly code: FailureCode;
  readonly message: string;
  /** When the frontend was asked, in milliseconds since the epoch. */
  readonly began: number;
};

/** Observes the work: metrics, and the view of the queue. Never throws, never waits, changes nothing. */
export type Observer = {
  /** This process is about to ask the frontend; `pauseSeconds` may pass before it does again. */
  readonly looking: (of: 'builds' | 'actions', pauseSeconds: number) => void;
  readonly looked: (of: 'builds' | 'actions', look: Look) => void;
  /** The current look failed; not called if this process gave it up itself (a shutdown, a cancel). */
  readonly lookFailed: (of: 'builds' | 'actions', failure: LookFailure) => void;
  /** A terminal report was acknowledged: the only moment when a task's end is counted. `run` is its workflow run. */
  readonly buildReported: (end: {
    readonly run: string;
    readonly kind: BuildKind;
    /** As it was reported. */
    readonly result: BuildOutcome['result'];
    readonly code: FailureCode | null;
  }) => void;
  readonly actionReported: (end: { readonly run: string; readonly outcome: ActionOutcome }) => void;
};
