import type { TaskFacts } from '../contracts/dispatch/dispatch.js';
import type { QueuedTask, QueuePage } from '../contracts/dispatch/queue.js';
import { failureText } from '../contracts/failures/failure-text.js';
import { QueueIndex } from '../domain/dispatch/queue-index.js';
import { foreignLimitsText } from '../domain/dispatch/limits-snapshot.js';
import { requestedArch } from '../domain/dispatch/dispatch-limits.js';
import { RecentEnds } from '../domain/dispatch/recent-ends.js';
import type { Look, Observer } from '../ports/observer.js';
import type { FrontendHealth } from './frontend-health.js';

export type QueueKind = 'builds' | 'actions';

export type QueueFilter = {
  readonly owner: string | null;
  readonly arch: string | null;
  readonly offset: number;
  readonly limit: number;
};

type Known = {
  readonly ends: RecentEnds;
  look: Look | null;
  index: QueueIndex | null;
};

/**
 * The frontend's whole list in the memory of the process that polls. A poll only stores its lists here; the first
 * question after it builds the index, and a question about a task makes its explanation.
 */
export class QueueModel implements Pick<Observer, 'looked'> {
  readonly #known: Readonly<Record<QueueKind, Known>> = { builds: nothing(), actions: nothing() };
  readonly #frontend: FrontendHealth;
  readonly #now: () => number;

  constructor(frontend: FrontendHealth, now: () => number = Date.now) {
    this.#frontend = frontend;
    this.#now = now;
  }

  readonly looked = (of: QueueKind, look: Look): void => {
    const known = this.#known[of];
    const before = known.look;
    const ran = new Map(before?.view.running.map((task) => [task.taskId, task]));
    // A task that started and ended between two polls is only in the list; that is rare.
    const factsOf = (taskId: string): TaskFacts | undefined =>
      ran.get(taskId) ?? before?.ordered.find((task) => task.taskId === taskId);
    const { tombstones, lastEnd } = look.view;
    known.ends.observe({ now: this.#now(), tombstones, lastEnd, factsOf });
    known.look = look;
    known.index = null;
    this.#frontend.looked(of);
  };

  /** Why there is no answer; null if there is one. */
  silence(of: QueueKind): string | null {
    const seconds = this.#frontend.secondsSinceAsked(of);
    if (seconds === null) return `this process has not asked the frontend for ${of}: another poller does, or none`;
    if (this.#frontend.isStandby(of)) {
      return `this process is a standby: it last asked the frontend for ${of} ${seconds} s ago, another poller does now, or none`;
    }
    if (this.#known[of].look !== null) return null;
    const trouble = this.#frontend.troubleOf(of);
    const why = trouble === null ? '' : `: ${failureText(trouble)}`;
    return `the frontend has not answered with a whole list of ${of} yet${why}`;
  }

  /** A line for each kind of task whose limits come from another poller; none if this process does not poll. */
  foreignLimits(): readonly string[] {
    return (['builds', 'actions'] as const).flatMap((of) => {
      const snapshot = this.#frontend.isStandby(of) ? undefined : this.#known[of].look?.limitsSnapshot;
      return snapshot === undefined ? [] : (foreignLimitsText(of, snapshot) ?? []);
    });
  }

  /** The list behind all answers and its index; null if `silence` says why. */
  index(of: QueueKind): { readonly index: QueueIndex; readonly look: Look } | null {
    const known = this.#known[of];
    if (known.look === null || this.silence(of) !== null) return null;
    const { ordered, view, limits, inactive = NOBODY, began } = known.look;
    const { running, tombstones } = view;
    known.index ??= new QueueIndex({ ordered, running, tombstones, limits, inactive, ends: known.ends, now: began });
    return { index: known.index, look: known.look };
  }

  /** One page of the waiting tasks, in order; null if `silence` says why. */
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
      trouble: this.#frontend.trouble(),
      limits: look.limitsSnapshot ?? null,
      listed: look.ordered.length,
      running: look.view.running.length,
      waiting: index.waiting.length,
      matching: matching.length,
      offset,
      limit,
      tasks: matching.slice(offset, offset + limit).flatMap((place) => index.explainAt(place) ?? []),
    };
  }

  /** Null for a task that neither waits nor runs; the caller fills in the `status` of an admitted one. */
  task(of: QueueKind, taskId: string): QueuedTask | null {
    const found = this.index(of);
    if (found === null) return null;
    const { index, look } = found;
    const seen = { polledAt: new Date(look.began).toISOString(), trouble: this.#frontend.trouble() };
    const admitted = look.view.running.find((task) => task.taskId === taskId);
    if (admitted !== undefined) {
      return { state: 'admitted', ...seen, task: taskId, owner: admitted.owner, status: null };
    }
    const explained = index.explain(taskId);
    if (explained === null) return null;
    const ownerWaiting = index.waitingOf(explained.owner);
    return { state: 'waiting', ...seen, waiting: index.waiting.length, ownerWaiting, ...explained };
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function nothing(): Known {
  return { ends: new RecentEnds(), look: null, index: null };
}
