import type { FrontendTrouble } from '../contracts/dispatch/queue.js';
import { frontendAdvice } from '../domain/dispatch/frontend-trouble.js';
import type { Frontend } from '../ports/frontend.js';
import type { LookFailure, Observer } from '../ports/observer.js';
import { PortFailure } from '../ports/port-failure.js';
import type { CallWatch } from './measure-calls.js';
import { waitedFor } from '../contracts/failures/outside-systems.js';

/** A poller that has not polled for this long (and for twice its pause) is a standby: another one polls. */
const STANDBY_MS = 90_000;
/** An answer that takes longer is reported as late; the client gives up on a silent frontend after 30 s. */
const LATE_MS = 45_000;
/** A failed call is retried at least once a minute; after this time without one the caller has given up. */
const FORGOTTEN_MS = 150_000;
const MAX_MESSAGE = 500;

type Of = FrontendTrouble['of'];

/** All kinds of calls that can be in trouble, in display order. */
export const FRONTEND_CALLS = ['builds', 'actions', 'cancels', 'reports'] as const satisfies readonly Of[];

/**
 * Kind of each call. The frontend checks its password only for `reports`, so the others may succeed while reports fail.
 */
const PURPOSE: Readonly<Partial<Record<keyof Frontend, Of>>> = {
  pendingBuilds: 'builds',
  pendingActions: 'actions',
  cancelRequests: 'cancels',
  startingBuild: 'reports',
  reportBuild: 'reports',
  reportAction: 'reports',
  confirmCancel: 'reports',
};

/** Consecutive failures: start of the first one, their number, the last one. */
type Row = { readonly since: number; readonly count: number; readonly last: LookFailure };

/** Whether the frontend answers this process, and if not, since when and why. */
export class FrontendHealth implements Pick<Observer, 'looking' | 'lookFailed'> {
  readonly #asked = new Map<Of, { readonly at: number; readonly pauseMs: number }>();
  /** When the current call for a list began. */
  readonly #underWay = new Map<Of, number>();
  readonly #rows = new Map<Of, Row>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly looking = (of: 'builds' | 'actions', pauseSeconds: number): void => {
    this.#asked.set(of, { at: this.#now(), pauseMs: pauseSeconds * 1000 });
  };

  readonly lookFailed = (of: 'builds' | 'actions', failure: LookFailure): void => this.#failed(of, failure);

  looked(of: 'builds' | 'actions'): void {
    this.#rows.delete(of);
  }

  /**
   * Watches the calls of the port; for lists it only measures the time, because the poll reports success or failure.
   */
  readonly watch: CallWatch = (call) => {
    const of = PURPOSE[call as keyof Frontend];
    if (of === undefined) return () => undefined;
    const began = this.#now();
    if (of === 'builds' || of === 'actions') {
      this.#underWay.set(of, began);
      return () => void this.#underWay.delete(of);
    }
    return (error) => {
      if (error === null) this.#rows.delete(of);
      if (!(error instanceof PortFailure) || waitedFor(error.code) !== 'frontend') return;
      this.#failed(of, { code: error.code, message: error.message, began });
    };
  };

  /** Seconds since this process last began a poll; null: it never did. */
  secondsSinceAsked(of: 'builds' | 'actions'): number | null {
    const asked = this.#asked.get(of);
    return asked === undefined ? null : Math.round((this.#now() - asked.at) / 1000);
  }

  /** True if this process does not poll, or no longer does: its knowledge is old, and not a trouble of the frontend. */
  isStandby(of: 'builds' | 'actions'): boolean {
    const asked = this.#asked.get(of);
    if (asked === undefined) return true;
    return !this.#underWay.has(of) && this.#now() - asked.at > STANDBY_MS + 2 * asked.pauseMs;
  }

  /** Empty while the frontend answers this process. */
  trouble(): readonly FrontendTrouble[] {
    return FRONTEND_CALLS.flatMap((of) => this.troubleOf(of) ?? []);
  }

  troubleOf(of: Of): FrontendTrouble | null {
    if (this.#isForgotten(of)) return null;
    const row = this.#rows.get(of);
    if (row === undefined) return this.#late(of);
    const { code, message, began } = row.last;
    return {
      ...{ of, code, message: message.slice(0, MAX_MESSAGE), advice: frontendAdvice(code) },
      ...{ since: new Date(row.since).toISOString(), at: new Date(began).toISOString(), failures: row.count },
    };
  }

  /** When the first of the consecutive failures began, in ms since the epoch; null if there is none. */
  failingSince(of: Of): number | null {
    const since = this.troubleOf(of)?.since;
    return since == null ? null : Date.parse(since);
  }

  /** How long calls have been failing, in seconds, 0 while they succeed; null if another process polls. */
  failingSeconds(of: Of): number | null {
    const since = this.failingSince(of);
    if (since !== null) return Math.max(0, (this.#now() - since) / 1000);
    return of !== 'reports' && this.isStandby(of === 'cancels' ? 'builds' : of) ? null : 0;
  }

  #failed(of: Of, failure: LookFailure): void {
    const before = this.#isForgotten(of) ? undefined : this.#rows.get(of);
    this.#rows.set(of, { since: before?.since ?? failure.began, count: (before?.count ?? 0) + 1, last: failure });
  }

  #late(of: Of): FrontendTrouble | null {
    const began = this.#underWay.get(of);
    if (began === undefined || this.#now() - began <= LATE_MS) return null;
    const [code, at] = ['FrontendUnavailable', new Date(began).toISOString()];
    const message = `asked for ${of} ${Math.round((this.#now() - began) / 1000)} s ago, and the answer is not whole yet`;
    return { of, code, message, since: at, at, failures: 0, advice: frontendAdvice(code) };
  }

  /** True if the failed call continues in another process, or not at all. */
  #isForgotten(of: Of): boolean {
    if (of === 'builds' || of === 'actions') return this.isStandby(of);
    const last = this.#rows.get(of)?.last.began;
    return last !== undefined && this.#now() - last > FORGOTTEN_MS;
  }
}
