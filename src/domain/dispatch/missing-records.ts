import type { DispatchView, TaskFacts, Tombstone } from '../../contracts/dispatch/dispatch.js';

/** Pause before the record of a task is requested again. */
const AGAIN_MS = 60_000;
/** Tasks of a chroot without any record that are checked within that time: a sample is enough. */
const PER_CHROOT = 10;

/** The frontend's answer to a request for a task's record; `refused`: a build would get the same answer. */
export type RecordAnswer = 'record' | 'none' | 'refused' | 'unknown';

/** An end without a record; `at` on this process's clock: the build asked just before. */
type End = { readonly end: number; readonly at: number };

/** A listed task that is not proposed until the frontend has a record of it; `ended`: its own build found none. */
type Suspect = { readonly task: TaskFacts; readonly ended: End | undefined };

/**
 * One poller's knowledge of tasks that the frontend lists but has no record of (because an administrator has
 * deactivated the chroot for a while): those whose build ended for that reason, and the other tasks of the chroot,
 * until one of them has a record. It is lost with the process; then only the ends say when to ask.
 */
export class MissingRecords {
  readonly #asked = new Map<string, number>();
  #ended: ReadonlyMap<string, End> = new Map();
  /** By task: the end after which a record was found. */
  readonly #recorded = new Map<string, number>();
  /** When, and after which end, a task of the chroot had a record. */
  readonly #active = new Map<string, End>();
  readonly #askedOf = new Map<string, readonly number[]>();
  #lastEnd = 0;
  #suspect: readonly Suspect[] = [];
  /** Latest end without a record, by chroot. */
  #inactive: ReadonlyMap<string, number> = new Map();

  /** Records the result of a poll, before records are requested. */
  look(
    listed: readonly TaskFacts[],
    view: Pick<DispatchView, 'running' | 'tombstones' | 'lastEnd'>,
    now: number,
  ): void {
    if (view.lastEnd < this.#lastEnd) this.#forget();
    this.#lastEnd = view.lastEnd;
    const without = view.tombstones.filter(({ as }) => as === 'inactive');
    const ends = new Map(without.map((tombstone) => [tombstone.taskId, this.#endOf(tombstone, now)]));
    this.#ended = ends;
    const running = new Set(ends.size === 0 ? [] : view.running.map(({ taskId }) => taskId));
    const waiting = ends.size === 0 ? [] : listed.filter(({ taskId }) => !running.has(taskId));
    const inactive = new Map<string, number>();
    for (const { taskId, chroot } of waiting) {
      const end = ends.get(taskId)?.end;
      if (chroot !== null && end !== undefined) inactive.set(chroot, Math.max(end, inactive.get(chroot) ?? 0));
    }
    this.#inactive = inactive;
    const suspect = waiting.map((task) => ({ task, ended: ends.get(task.taskId) }));
    this.#suspect = suspect.filter((one) => this.#isStillSuspect(one));
    const ids = new Set(waiting.map(({ taskId }) => taskId));
    for (const known of [this.#asked, this.#recorded]) {
      for (const taskId of known.keys()) if (!ids.has(taskId)) known.delete(taskId);
    }
  }

  /**
   * The next tasks whose record to request, at most `most`: those that are due, alternating between owners. They count
   * as requested.
   */
  due(most: number, now: number): readonly TaskFacts[] {
    const due = this.#suspect.filter((one) => this.#isStillSuspect(one) && this.#isDue(one, now));
    if (due.length === 0) return [];
    const group = ({ owner, chroot }: TaskFacts): string => `${owner}\n${chroot ?? ''}`;
    const heard = new Map<string, number>();
    for (const one of this.#suspect) {
      heard.set(group(one.task), Math.max(this.#lastAsked(one), heard.get(group(one.task)) ?? 0));
    }
    const asked = (one: Suspect): number => heard.get(group(one.task)) ?? 0;
    due.sort((one, other) => asked(one) - asked(other) || this.#lastAsked(one) - this.#lastAsked(other));
    const firsts = new Map(due.toReversed().map((one) => [group(one.task), one]));
    const isFirst = (one: Suspect): boolean => firsts.get(group(one.task)) === one;
    const chosen: TaskFacts[] = [];
    for (const { task } of [...due.filter(isFirst), ...due.filter((one) => !isFirst(one))]) {
      if (chosen.length === most) break;
      if (!this.#spend(task, now)) continue;
      this.#asked.set(task.taskId, now);
      chosen.push(task);
    }
    return chosen;
  }

  /** Records the answer for a task that was due. */
  heard({ taskId, chroot }: TaskFacts, answer: RecordAnswer, now: number): void {
    if (answer === 'record' || answer === 'refused') this.#recorded.set(taskId, this.#lastEnd);
    if (answer === 'record' && chroot !== null) this.#active.set(chroot, { end: this.#lastEnd, at: now });
  }

  /** Ids of the tasks that are not to be proposed now. */
  get held(): ReadonlySet<string> {
    return new Set(this.#suspect.filter((one) => this.#isStillSuspect(one)).map(({ task }) => task.taskId));
  }

  #isStillSuspect({ task, ended }: Suspect): boolean {
    const recorded = this.#recorded.get(task.taskId) ?? -1;
    if (ended !== undefined) return ended.end > recorded;
    return this.#isInactive(task.chroot) && (this.#inactive.get(task.chroot ?? '') ?? 0) > recorded;
  }

  /** True if no task of the chroot had a record since the latest end without one. */
  #isInactive(chroot: string | null): boolean {
    const end = chroot === null ? undefined : this.#inactive.get(chroot);
    return end !== undefined && end > (this.#active.get(chroot ?? '')?.end ?? -1);
  }

  /** A task is due after a while, and as soon as the chroot turns out to be active. */
  #isDue(one: Suspect, now: number): boolean {
    const last = this.#lastAsked(one);
    return Math.abs(now - last) >= AGAIN_MS || (this.#active.get(one.task.chroot ?? '')?.at ?? 0) > last;
  }

  #lastAsked({ task, ended }: Suspect): number {
    return Math.max(this.#asked.get(task.taskId) ?? 0, ended?.at ?? 0);
  }

  /** The clock that recorded the end may be ahead, so the wait is counted from now at the latest. */
  #endOf({ taskId, end, at }: Tombstone, now: number): End {
    const known = this.#ended.get(taskId);
    return known?.end === end ? known : { end, at: Math.min(Date.parse(at), now) };
  }

  /** False: enough tasks of the chroot have been checked for now. */
  #spend({ chroot }: TaskFacts, now: number): boolean {
    if (chroot === null || !this.#isInactive(chroot)) return true;
    const lately = (this.#askedOf.get(chroot) ?? []).filter((at) => Math.abs(now - at) < AGAIN_MS);
    if (lately.length < PER_CHROOT) lately.push(now);
    else return false;
    this.#askedOf.set(chroot, lately);
    return true;
  }

  /** A dispatcher without a memory restarts the numbering of ends. */
  #forget(): void {
    for (const known of [this.#asked, this.#recorded, this.#active, this.#askedOf]) known.clear();
    this.#ended = new Map();
  }
}
