import type { TaskFacts } from '../contracts/dispatch.js';
import type { QueuedTask, QueuePage } from '../contracts/queue.js';
import { QueueIndex } from '../domain/queue-index.js';
import { requestedArch } from '../domain/dispatch-limits.js';
import { RecentEnds } from '../domain/recent-ends.js';
import type { Look, Observer } from '../ports/observer.js';

export type QueueKind = 'builds' | 'actions';

export type QueueFilter = {
  readonly owner: string | null;
  readonly arch: string | null;
  readonly offset: number;
  readonly limit: number;
};

/** A poller that has not asked for this long (and twice its pause) is a standby: another one asks. */
const STANDBY_MS = 90_000;

type Known = {
  readonly ends: RecentEnds;
  askedAt: number;
  pauseMs: number;
  look: Look | null;
  index: QueueIndex | null;
};

/**
 * The frontend's whole list in the memory of the process that polls. A poll only leaves its lists here; what makes them
 * quick to search is made by the first question after it, and an explanation by the question for that task.
 */
export class QueueModel implements Pick<Observer, 'looking' | 'looked'> {
  readonly #known: Readonly<Record<QueueKind, Known>> = { builds: nothing(), actions: nothing() };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly looking = (of: QueueKind, pauseSeconds: number): void => {
    this.#known[of].askedAt = this.#now();
    this.#known[of].pauseMs = pauseSeconds * 1000;
  };

  readonly looked = (of: QueueKind, look: Look): void => {
    const known = this.#known[of];
    const before = known.look;
    const ran = new Map(before?.view.running.map((task) => [task.taskId, task]));
    // What started and ended between two looks is only found in the list; that is rare.
    const factsOf = (taskId: string): TaskFacts | undefined =>
      ran.get(taskId) ?? before?.ordered.find((task) => task.taskId === taskId);
    const { tombstones, lastEnd } = look.view;
    known.ends.observe({ now: this.#now(), tombstones, lastEnd, factsOf });
    known.look = look;
    known.index = null;
  };

  /** Why there is no answer; null when there is one. */
  silence(of: QueueKind): string | null {
    const { askedAt, pauseMs, look } = this.#known[of];
    if (askedAt === 0) return `this process has not asked the frontend for ${of}: another poller does, or none`;
    const silent = this.#now() - askedAt;
    if (silent > STANDBY_MS + 2 * pauseMs) {
      const seconds = Math.round(silent / 1000);
      return `this process is a standby: it last asked the frontend for ${of} ${seconds} s ago, another poller does now`;
    }
    return look === null ? `the frontend has not answered with a whole list of ${of} yet` : null;
  }

  /** When the frontend was asked for the list that is known, in ms since the epoch; null: never. */
  lookedAt(of: QueueKind): number | null {
    return this.#known[of].look?.began ?? null;
  }

  /** The list behind all answers, and how it is searched; null where `silence` says why. */
  index(of: QueueKind): { readonly index: QueueIndex; readonly look: Look } | null {
    const known = this.#known[of];
    if (known.look === null || this.silence(of) !== null) return null;
    const { ordered, view, limits, began } = known.look;
    const { running, tombstones } = view;
    known.index ??= new QueueIndex({ ordered, running, tombstones, limits, ends: known.ends, now: began });
    return { index: known.index, look: known.look };
  }

  /** One page of those who wait, in order; null where `silence` says why. */
  page(of: QueueKind, filter: QueueFilter): QueuePage | null {
    const found = this.index(of);
    if (found === null) return null;
    const { index, look } = found;
    const { owner, arch, offset, limit } = filter;
    const everybody = index.waiting;
    const places = owner === null ? [...everybody.keys()] : index.placesOf(owner);
    const fits = (place: number): boolean => {
      const task = everybody[place];
      return task !== undefined && requestedArch(task) === arch;
    };
    const matching = arch === null ? places : places.filter(fits);
    return {
      of,
      polledAt: new Date(look.began).toISOString(),
      listed: look.ordered.length,
      running: look.view.running.length,
      waiting: index.waiting.length,
      matching: matching.length,
      offset,
      limit,
      tasks: matching.slice(offset, offset + limit).flatMap((place) => index.explainAt(place) ?? []),
    };
  }

  /** Null for a task that neither waits nor runs; `status` of an admitted one is for the caller to fill in. */
  task(of: QueueKind, taskId: string): QueuedTask | null {
    const found = this.index(of);
    if (found === null) return null;
    const { index, look } = found;
    const polledAt = new Date(look.began).toISOString();
    const admitted = look.view.running.find((task) => task.taskId === taskId);
    if (admitted !== undefined) {
      return { state: 'admitted', polledAt, task: taskId, owner: admitted.owner, status: null };
    }
    const explained = index.explain(taskId);
    if (explained === null) return null;
    const ownerWaiting = index.waitingOf(explained.owner);
    return { state: 'waiting', polledAt, waiting: index.waiting.length, ownerWaiting, ...explained };
  }
}

function nothing(): Known {
  return { ends: new RecentEnds(), askedAt: 0, pauseMs: 0, look: null, index: null };
}
