import type { DispatchView, Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import type { TraceEvent } from './admission-trace.js';

/** Result of a poll; the frontend was asked after the dispatcher. */
export type Look = {
  /** ISO 8601. */
  readonly began: string;
  readonly listed: readonly TaskFacts[];
  readonly view: Pick<DispatchView, 'running' | 'tombstones'>;
  readonly limits: Limits;
  /** Seconds. */
  readonly pause: number;
};

type Known =
  | { readonly is: 'waiting'; readonly missingSince: number | null }
  | { readonly is: 'running'; readonly since: number }
  | { readonly is: 'ended' };

/**
 * Makes a trace from successive polls: a task that is new has arrived, one that has a slot has started, and so on.
 * Starts and ends have the dispatcher's own times, arrivals and departures that of the poll.
 */
export class AdmissionRecorder {
  readonly #known = new Map<string, Known>();
  /** Known tombstones, by their numbers. */
  #ends = new Map<string, number>();
  #settings: string | null = null;

  /** Forgets everything: the next poll begins a trace. */
  forget(): void {
    this.#known.clear();
    this.#ends.clear();
    this.#settings = null;
  }

  look(look: Look): readonly TraceEvent[] {
    const at = Date.parse(look.began);
    const events: TraceEvent[] = [];
    const { limits, pause } = look;
    const settings = JSON.stringify([limits, pause]);
    const isFirst = this.#settings === null;
    if (settings !== this.#settings) events.push({ event: isFirst ? 'begin' : 'limits', at, limits, pause });
    this.#settings = settings;
    for (const task of look.view.running) this.#running(task, at, events);
    for (const tombstone of look.view.tombstones) this.#ended(tombstone, { at, isFirst }, events);
    this.#ends = new Map(look.view.tombstones.map(({ taskId, end }) => [taskId, end]));
    this.#listed(look, at, events);
    return events;
  }

  #running(task: DispatchView['running'][number], at: number, events: TraceEvent[]): void {
    const { taskId, since: given } = task;
    const known = this.#known.get(taskId);
    const since = given === undefined ? (known?.is === 'running' ? known.since : at) : Date.parse(given);
    if (known?.is === 'running' && known.since === since) return;
    // It ended and was started again between two polls.
    if (known?.is === 'running') events.push({ event: 'end', at: since, taskId });
    if (known?.is !== 'waiting') events.push({ event: 'arrive', at: since, task });
    events.push({ event: 'start', at: since, taskId });
    this.#known.set(taskId, { is: 'running', since });
  }

  #ended(
    { taskId, end, at: ended, since }: DispatchView['tombstones'][number],
    now: { readonly at: number; readonly isFirst: boolean },
    events: TraceEvent[],
  ): void {
    if (this.#ends.get(taskId) === end) return;
    const known = this.#known.get(taskId);
    const endedAt = Date.parse(ended);
    if (known?.is === 'waiting') {
      events.push({ event: 'start', at: since === undefined ? endedAt : Date.parse(since), taskId });
    }
    // The facts of a run that nobody saw are unknown; an earlier recorder may have seen it.
    if (known?.is === 'waiting' || known?.is === 'running' || now.isFirst) {
      events.push({ event: 'end', at: endedAt, taskId });
    }
    this.#known.set(taskId, { is: 'ended' });
  }

  #listed({ listed, view }: Look, at: number, events: TraceEvent[]): void {
    const ids = new Set(listed.map((task) => task.taskId));
    const running = new Set(view.running.map((task) => task.taskId));
    const tombstones = new Set(view.tombstones.map((tombstone) => tombstone.taskId));
    for (const [taskId, known] of this.#known) {
      if (known.is === 'running' && !running.has(taskId)) {
        events.push({ event: 'end', at, taskId }); // its workflow is gone
        this.#known.delete(taskId);
      } else if (known.is === 'ended' && (!ids.has(taskId) || !tombstones.has(taskId))) {
        this.#known.delete(taskId);
      } else if (known.is === 'waiting' && ids.has(taskId)) {
        if (known.missingSince !== null) this.#known.set(taskId, { is: 'waiting', missingSince: null });
      } else if (known.is === 'waiting' && known.missingSince === null) {
        // It may have been built between the two questions; the next poll will show.
        this.#known.set(taskId, { is: 'waiting', missingSince: at });
      } else if (known.is === 'waiting') {
        events.push({ event: 'leave', at: known.missingSince ?? at, taskId });
        this.#known.delete(taskId);
      }
    }
    for (const task of listed) {
      const known = this.#known.get(task.taskId);
      // Listed after its end was known, so it has to run again (decision 0002).
      if (known !== undefined && known.is !== 'ended') continue;
      events.push({ event: 'arrive', at, task });
      this.#known.set(task.taskId, { is: 'waiting', missingSince: null });
    }
  }
}
