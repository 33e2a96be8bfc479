import type { TaskFacts, Tombstone } from '../../contracts/dispatch/dispatch.js';

/** Ends remembered in all; for one limit only the newest count. */
const REMEMBERED = 2000;
/** After a longer gap between two polls of this process, somebody else may have polled meanwhile. */
const MAX_GAP_MS = 60_000;

/** An end, `at` being milliseconds of observed time. */
export type ObservedEnd = { readonly task: TaskFacts; readonly at: number };

/**
 * The ends of tasks as seen by one poller, on a clock that only runs while it polls: time in which another poller
 * worked counts neither as quiet nor as busy.
 */
export class RecentEnds {
  readonly #ends: ObservedEnd[] = [];
  #clock = 0;
  #lastLook: number | null = null;
  #seenEnd = 0;

  /** Records a poll. `factsOf` knows the tasks of the previous poll. `now` in ms since the epoch. */
  observe(look: {
    readonly now: number;
    readonly tombstones: readonly Tombstone[];
    readonly lastEnd: number;
    readonly factsOf: (taskId: string) => TaskFacts | undefined;
  }): void {
    const gap = this.#lastLook === null ? Number.POSITIVE_INFINITY : look.now - this.#lastLook;
    if (gap >= 0 && gap <= MAX_GAP_MS && look.lastEnd >= this.#seenEnd) {
      const before = this.#clock;
      this.#clock += gap;
      // A task that ended without being built says nothing about how long a slot is held.
      const told = look.tombstones.filter(({ end, as }) => end > this.#seenEnd && as !== 'inactive');
      const fresh = told.sort((one, other) => one.end - other.end);
      for (const { taskId, at } of fresh) {
        const task = look.factsOf(taskId);
        const ago = Math.max(0, look.now - Date.parse(at));
        if (task !== undefined) this.#ends.push({ task, at: Math.max(before, this.#clock - ago) });
      }
      this.#ends.splice(0, Math.max(0, this.#ends.length - REMEMBERED));
    }
    this.#lastLook = look.now;
    this.#seenEnd = look.lastEnd;
  }

  /** Oldest first. */
  get ends(): readonly ObservedEnd[] {
    return this.#ends;
  }

  /** Milliseconds observed so far. */
  get clock(): number {
    return this.#clock;
  }
}
