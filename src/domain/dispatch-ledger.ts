import type {
  AdmissionStatus,
  DispatchState,
  DispatchView,
  PollResult,
  TaskFacts,
  Tombstone,
} from '../contracts/dispatch.js';
import { DEFAULT_DURATIONS, type Durations } from '../contracts/durations.js';
import { onlyWorkers } from './dispatch-limits.js';
import { chooseTasks } from './dispatch-policy.js';

const EMPTY: DispatchState = {
  generation: 0,
  running: [],
  reserve: [],
  tombstones: [],
  lastEnd: 0,
  limits: onlyWorkers(0),
  durations: DEFAULT_DURATIONS,
  pause: 5,
  storage: 'main',
  listed: 0,
  started: 0,
  ended: 0,
};

/**
 * The one account of what runs, what comes next and what just ended. Polls only propose: a task starts when it stands
 * here as running, and an ended one starts again only from a poll that was told of its end before it asked the
 * frontend. So a stale poll restarts nothing, while a lost report or a reschedule does (design §6).
 */
export class DispatchLedger {
  readonly #running = new Map<string, DispatchState['running'][number]>();
  readonly #tombstones = new Map<string, Tombstone>();
  #rest: DispatchState;
  /** The latest time that was heard of: nothing here has a clock. */
  #heard: string | undefined;

  constructor(state: DispatchState | null) {
    this.#rest = state ?? EMPTY;
    for (const task of this.#rest.running) this.#running.set(task.taskId, task);
    for (const tombstone of this.#rest.tombstones) this.#tombstones.set(tombstone.taskId, tombstone);
  }

  /** Begins a new generation: polls of earlier ones no longer count. */
  nextGeneration(): number {
    this.#rest = { ...this.#rest, generation: this.#rest.generation + 1 };
    return this.#rest.generation;
  }

  view(): DispatchView {
    return {
      generation: this.#rest.generation,
      running: [...this.#running.values()],
      tombstones: [...this.#tombstones.values()],
      lastEnd: this.#rest.lastEnd,
      reserve: this.#rest.reserve.map((task) => task.taskId),
      limits: this.#rest.limits,
    };
  }

  /** Takes in a poll; returns the tasks to start now, which stand as running from here on. */
  recordPoll(poll: PollResult): readonly TaskFacts[] {
    this.#heard = poll.began;
    for (const taskId of poll.forgotten) {
      const tombstone = this.#tombstones.get(taskId);
      if (tombstone !== undefined && tombstone.end <= poll.knownEnd) this.#tombstones.delete(taskId);
    }
    for (const taskId of poll.lost) this.#running.delete(taskId);
    this.#rest = {
      ...this.#rest,
      limits: poll.limits,
      durations: poll.durations,
      pause: poll.pause,
      storage: poll.storage,
      listed: poll.listed,
      reserve: poll.candidates.filter((task) => {
        const tombstone = this.#tombstones.get(task.taskId);
        return tombstone === undefined || tombstone.end <= poll.knownEnd;
      }),
    };
    return this.refill();
  }

  /** Fills free slots from the reserve; returns what to start. */
  refill(): readonly TaskFacts[] {
    const chosen = chooseTasks({
      candidates: this.#rest.reserve,
      running: [...this.#running.values()],
      limits: this.#rest.limits,
    });
    for (const task of chosen.now) {
      const times = this.#tombstones.get(task.taskId)?.times ?? 0;
      const since = this.#heard === undefined ? {} : { since: this.#heard };
      this.#running.set(task.taskId, { ...task, times, ...since });
      this.#tombstones.delete(task.taskId);
    }
    this.#rest = { ...this.#rest, reserve: chosen.reserve, started: this.#rest.started + chosen.now.length };
    return chosen.now;
  }

  /** A task's terminal report was acknowledged. A task nobody knew of is remembered all the same. */
  recordEnd(taskId: string, at: string): void {
    this.#heard = at;
    const run = this.#running.get(taskId);
    const since = run?.since === undefined ? {} : { since: run.since };
    const times = (run?.times ?? this.#tombstones.get(taskId)?.times ?? 0) + 1;
    const end = this.#rest.lastEnd + 1;
    this.#running.delete(taskId);
    this.#tombstones.set(taskId, { taskId, end, at, times, ...since });
    this.#rest = {
      ...this.#rest,
      lastEnd: end,
      ended: this.#rest.ended + 1,
      reserve: this.#rest.reserve.filter((task) => task.taskId !== taskId),
    };
  }

  /** Somebody cancels the task: it leaves the reserve. True when it runs and its workflow must hear of it. */
  recordCancel(taskId: string): boolean {
    this.#rest = { ...this.#rest, reserve: this.#rest.reserve.filter((task) => task.taskId !== taskId) };
    return this.#running.has(taskId);
  }

  /**
   * A slot is free after a refill: what is left of the reserve is held by limits, and only the frontend knows of more.
   */
  get wantsPoll(): boolean {
    return this.#running.size < this.#rest.limits.maxWorkers;
  }

  get durations(): Durations {
    return this.#rest.durations;
  }

  get storage(): string {
    return this.#rest.storage;
  }

  /** Longest pause between polls, in seconds. */
  get pause(): number {
    return this.#rest.pause;
  }

  /** `now`: what only the dispatcher itself knows. */
  status(now: Pick<AdmissionStatus, 'lastPoll' | 'lastFailure'>): AdmissionStatus {
    const { limits, reserve, listed, started, ended } = this.#rest;
    return {
      running: this.#running.size,
      limits,
      reserve: reserve.map((task) => task.taskId),
      listed,
      tombstones: this.#tombstones.size,
      started,
      ended,
      ...now,
    };
  }

  /** Everything, for continue-as-new. */
  state(): DispatchState {
    return { ...this.#rest, running: [...this.#running.values()], tombstones: [...this.#tombstones.values()] };
  }
}
