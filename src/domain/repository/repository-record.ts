import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { Published, RepositoryStatus } from '../../contracts/repository/repository.js';
import { inStore, storeOf, type InStore, type StoreKind } from '../../contracts/store-kind.js';
import { joinedBy, NOBODY, pauseBeforeRun, type Crowd } from './publication-pace.js';

/**
 * Longest wait for deleted builds to be due, in ms. Collecting too early is harmless: the answer says when to try
 * again.
 */
export const MAX_WAIT = 24 * 3_600_000;

/**
 * The knowledge of a repository about its runs; passed on when it continues as new. The store is that of `collectAt`.
 */
export type RepositoryPast = InStore & {
  readonly runs: number;
  readonly crowd: Crowd;
  /** When deleted builds can be removed, ISO 8601 UTC; null: none wait. */
  readonly collectAt: string | null;
  readonly lastPublished: RepositoryStatus['lastPublished'];
  readonly lastFailure: RepositoryStatus['lastFailure'];
};

const NO_PAST: RepositoryPast = { runs: 0, crowd: NOBODY, collectAt: null, lastPublished: null, lastFailure: null };

/**
 * A repository's runs: the one under way, the results of the latest ones, and how long the next one waits. Nothing here
 * has a clock: the caller passes the time.
 */
export class RepositoryRecord {
  #past: RepositoryPast;
  #running: RepositoryStatus['running'] = null;

  constructor(past: RepositoryPast | null) {
    const { runs, crowd, collectAt, lastPublished, lastFailure } = past ?? NO_PAST;
    this.#past = { runs, crowd, collectAt, lastPublished, lastFailure, ...inStore(storeOf(past ?? NO_PAST)) };
  }

  /** The state to pass on. */
  get past(): RepositoryPast {
    return this.#past;
  }

  get running(): RepositoryStatus['running'] {
    return this.#running;
  }

  /** Milliseconds that the next run waits for more requests; null: it begins at once. */
  pauseBeforeRun(now: number, stepMs: number): number | null {
    return pauseBeforeRun(this.#past.crowd, now, stepMs);
  }

  /** The next run begins. */
  joinCrowd(now: number): void {
    this.#past = { ...this.#past, crowd: joinedBy(this.#past.crowd, now) };
  }

  /** No requests came for a while: the next change does not wait. */
  leaveCrowd(): void {
    this.#past = { ...this.#past, crowd: NOBODY };
  }

  begin(running: NonNullable<RepositoryStatus['running']>): void {
    this.#running = running;
  }

  /** The run under way was canceled, and will be repeated. */
  giveUp(): void {
    this.#running = null;
  }

  publish(published: Published, at: string, kind: StoreKind = 'tree'): void {
    const { collectAt } = published;
    const { runs, crowd, lastFailure } = this.#past;
    const lastPublished = { ...published, at };
    this.#past = { runs: runs + 1, crowd, lastFailure, lastPublished, collectAt, ...inStore(kind) };
    this.#running = null;
  }

  fail(failure: FailureFact, at: string): void {
    this.#past = { ...this.#past, runs: this.#past.runs + 1, lastFailure: { ...failure, at } };
    this.#running = null;
  }

  /** Milliseconds until deleted builds can be removed; null: none wait. */
  pauseBeforeCollection(now: number): number | null {
    const { collectAt } = this.#past;
    return collectAt === null ? null : Math.min(Math.max(Date.parse(collectAt) - now, 1), MAX_WAIT);
  }

  /** Everything that was due has been removed. `collectAt`: when to look again. */
  collect(collectAt: string | null): void {
    this.#past = { ...this.#past, collectAt };
  }

  /** Removal is retried after the next run; nobody waits for it. */
  failCollection(failure: FailureFact, at: string): void {
    this.#past = { ...this.#past, collectAt: null, lastFailure: { ...failure, at } };
  }
}
