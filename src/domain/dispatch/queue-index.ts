import type { Limits, TaskFacts, Tombstone } from '../../contracts/dispatch/dispatch.js';
import type { WaitEstimate, WaitingTask } from '../../contracts/dispatch/queue.js';
import { type HeldBy, likeness, type Limit, LimitCounts, limitText, requestedArch } from './dispatch-limits.js';
import { restartAllowedAt } from './dispatch-policy.js';
import type { RecentEnds } from './recent-ends.js';
import { estimateWait } from './wait-estimate.js';

/** Newest ends under one limit that are used to estimate its current speed. */
const NEWEST_ENDS = 50;

/** Result of a poll. */
export type QueueSnapshot = {
  /** All listed tasks, in the order of the policy. */
  readonly ordered: readonly TaskFacts[];
  readonly running: readonly TaskFacts[];
  readonly tombstones: readonly Tombstone[];
  readonly limits: Limits;
  /** Ids of listed tasks that are not offered: the frontend has no record of them. */
  readonly inactive?: ReadonlySet<string>;
  readonly ends: RecentEnds;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** The thing that holds tasks back: a limit, or the frontend, which has no record of them. */
export type Obstacle = Limit | { readonly kind: 'inactiveChroot' };

/** Ascending positions of tasks that no limit distinguishes. */
type Places = number[];

/**
 * The waiting tasks after one poll, with their positions and reasons; built in one pass over 40,000 tasks, then queried
 * task by task.
 */
export class QueueIndex {
  /** In the order of the policy; those that cannot start (a chroot is inactive, an owner blocked) last. */
  readonly waiting: readonly TaskFacts[];
  readonly #byOwner = new Map<string, Places[]>();
  /** The tasks that a limit counts, by the limit's name. */
  readonly #byLimit = new Map<string, Places[]>();
  readonly #limits = new Map<string, Limit>();
  readonly #tombstones: ReadonlyMap<string, Tombstone>;
  readonly #counts: LimitCounts;
  readonly #snapshot: QueueSnapshot;
  #pace: ReadonlyMap<string, { readonly oldest: number; readonly pauses: number }> | undefined;
  #placeOf: ReadonlyMap<string, number> | undefined;

  constructor(snapshot: QueueSnapshot) {
    this.#snapshot = snapshot;
    this.#counts = new LimitCounts(snapshot.limits, snapshot.running);
    this.#tombstones = new Map(snapshot.tombstones.map((tombstone) => [tombstone.taskId, tombstone]));
    const running = new Set(snapshot.running.map((task) => task.taskId));
    const blocked = new Set(snapshot.limits.blockedOwners);
    const listed = snapshot.ordered.filter((task) => !running.has(task.taskId));
    const isNever = (task: TaskFacts): boolean => this.#isInactive(task) || blocked.has(task.owner);
    const never = listed.filter(isNever);
    this.waiting = never.length === 0 ? listed : [...listed.filter((task) => !isNever(task)), ...never];
    const groups = new Map<string, Places>();
    for (const [place, task] of this.waiting.entries()) {
      const like = this.#isInactive(task) ? `inactive ${likeness(task)}` : likeness(task);
      const places = groups.get(like);
      if (places !== undefined) places.push(place);
      else groups.set(like, this.#newGroup(task, place));
    }
  }

  #newGroup(task: TaskFacts, place: number): Places {
    const places = [place];
    append(this.#byOwner, task.owner, places);
    if (this.#isBlocked(task) || this.#isInactive(task)) return places;
    for (const { limit } of this.#counts.counts(task)) {
      const name = limitText(limit);
      this.#limits.set(name, limit);
      append(this.#byLimit, name, places);
    }
    return places;
  }

  /** Null for a task that does not wait. */
  explain(taskId: string): WaitingTask | null {
    this.#placeOf ??= new Map(this.waiting.map((task, place) => [task.taskId, place]));
    const place = this.#placeOf.get(taskId);
    return place === undefined ? null : this.explainAt(place);
  }

  /** The same for a position in `waiting`. */
  explainAt(place: number): WaitingTask | null {
    const task = this.waiting[place];
    if (task === undefined) return null;
    const { taskId } = task;
    const { now } = this.#snapshot;
    const chrootInactive = this.#isInactive(task);
    const never = this.#isBlocked(task) || chrootInactive;
    const tombstone = this.#tombstones.get(taskId);
    const allowedAt = tombstone === undefined ? 0 : restartAllowedAt(tombstone, now);
    const delay = Math.max(0, Math.ceil((allowedAt - now) / 1000));
    return {
      task: taskId,
      owner: task.owner,
      arch: requestedArch(task),
      chroot: task.chroot,
      background: task.background,
      position: never ? null : place + 1,
      ownerPosition: never ? null : countBelow(this.#byOwner.get(task.owner), place) + 1,
      heldBy: chrootInactive
        ? []
        : this.#counts.holds(task).map(({ limit, ...use }) => ({ limit: limitText(limit), ...use })),
      chrootInactive,
      notBefore: delay > 0 ? new Date(allowedAt).toISOString() : null,
      estimate: never ? null : this.#estimate(task, place, delay),
    };
  }

  waitingOf(owner: string): number {
    return total(this.#byOwner.get(owner));
  }

  /** Ordered positions of an owner's tasks, found without scanning all tasks. */
  placesOf(owner: string): readonly number[] {
    return (this.#byOwner.get(owner) ?? []).flat().sort((one, other) => one - other);
  }

  /** The obstacles that hold tasks, and how many. A task held by two limits counts for both. */
  held(): readonly { readonly by: Obstacle; readonly count: number }[] {
    const held: { by: Obstacle; count: number }[] = [];
    for (const [name, limit] of this.#limits) {
      const groups = this.#byLimit.get(name) ?? [];
      const task = this.waiting[groups[0]?.[0] ?? 0];
      const isFull = task !== undefined && this.#counts.holds(task).some((by) => limitText(by.limit) === name);
      if (isFull) held.push({ by: limit, count: total(groups) });
    }
    for (const owner of new Set(this.#snapshot.limits.blockedOwners))
      held.push({ by: { kind: 'blockedOwner', owner }, count: this.waitingOf(owner) });
    const inactive = this.waiting.filter((task) => this.#isInactive(task)).length;
    held.push({ by: { kind: 'inactiveChroot' }, count: inactive });
    return held.filter(({ count }) => count > 0);
  }

  /** The slowest of the task's limits decides; tasks before it under the same limit are assumed to go first. */
  #estimate(task: TaskFacts, place: number, delaySeconds: number): WaitEstimate | null {
    let slowest: WaitEstimate = { p50Seconds: delaySeconds, p90Seconds: delaySeconds, limit: 'none', basedOnEnds: 0 };
    for (const by of this.#counts.counts(task)) {
      const estimate = this.#waitUnder(by, place);
      if (estimate === null) return null;
      const p90Seconds = Math.max(slowest.p90Seconds, estimate.p90Seconds);
      slowest = estimate.p50Seconds > slowest.p50Seconds ? { ...estimate, p90Seconds } : { ...slowest, p90Seconds };
    }
    return slowest;
  }

  #waitUnder({ limit: by, used, of }: HeldBy, place: number): WaitEstimate | null {
    const limit = limitText(by);
    // All tasks ahead count for the limit of workers, so their number is the position itself.
    const ahead = by.kind === 'workers' ? place : countBelow(this.#byLimit.get(limit), place);
    const needed = ahead + 1 - Math.max(0, of - used);
    const pace = this.#paces().get(limit);
    const pauses = pace?.pauses ?? 0;
    const seconds = pace === undefined ? 0 : Math.max(1, (this.#snapshot.ends.clock - pace.oldest) / 1000);
    const estimate = estimateWait({ needed, pauses, seconds });
    return estimate === null ? null : { ...estimate, limit, basedOnEnds: pauses === 0 ? 0 : pauses + 1 };
  }

  /** For each limit: the oldest of its newest ends, and how many came after it. */
  #paces(): ReadonlyMap<string, { readonly oldest: number; readonly pauses: number }> {
    if (this.#pace !== undefined) return this.#pace;
    const pace = new Map<string, { oldest: number; pauses: number }>();
    for (const { task, at } of this.#snapshot.ends.ends.toReversed()) {
      for (const { limit: by } of this.#counts.counts(task)) {
        const limit = limitText(by);
        const known = pace.get(limit);
        if (known === undefined) pace.set(limit, { oldest: at, pauses: 0 });
        else if (known.pauses < NEWEST_ENDS - 1) pace.set(limit, { oldest: at, pauses: known.pauses + 1 });
      }
    }
    this.#pace = pace;
    return pace;
  }

  #isInactive(task: TaskFacts): boolean {
    return this.#snapshot.inactive?.has(task.taskId) === true;
  }

  #isBlocked(task: TaskFacts): boolean {
    return this.#snapshot.limits.blockedOwners.includes(task.owner);
  }
}

function append(groups: Map<string, Places[]>, key: string, places: Places): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [places]);
  else known.push(places);
}

function total(groups: readonly Places[] | undefined): number {
  return (groups ?? []).reduce((sum, places) => sum + places.length, 0);
}

/** How many positions of all groups are below `limit`. */
function countBelow(groups: readonly Places[] | undefined, limit: number): number {
  return (groups ?? []).reduce((sum, places) => sum + countInOne(places, limit), 0);
}

function countInOne(ascending: Places, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
