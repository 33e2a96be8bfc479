import type {
  AdmissionStatus,
  AdmittedTask,
  DispatchState,
  DispatchView,
  LedgerTask,
  PollResult,
  StartResult,
  TaskEnd,
  TaskFacts,
  Tombstone,
} from '../../contracts/dispatch/dispatch.js';
import { DEFAULT_DURATIONS, type Durations } from '../../contracts/durations.js';
import { onlyWorkers } from './dispatch-limits.js';
import { chooseTasks } from './dispatch-policy.js';

/** Tasks that one request starts: each is a call to the server, and its answer an event of the history. */
export const START_SLICE = 200;

const EMPTY: DispatchState = {
  knowsWhatRuns: false,
  life: '',
  running: [],
  reserve: [],
  tombstones: [],
  lastEnd: 0,
  limits: onlyWorkers(0),
  limitsFrom: null,
  durations: DEFAULT_DURATIONS,
  pause: 5,
  storage: 'main',
  listed: 0,
  started: 0,
  ended: 0,
};

/**
 * The only record of which tasks run, come next, or have just ended. Polls only propose: a task starts when it is
 * recorded here as running, and an ended one starts again only from a poll that knew of its end before it asked the
 * frontend. So a stale poll restarts nothing, while a lost report or a reschedule does. A ledger without a memory (the
 * first of an installation, or after a termination) admits nothing until it knows what runs.
 */
export class DispatchLedger {
  readonly #running = new Map<string, LedgerTask>();
  readonly #tombstones = new Map<string, Tombstone>();
  /** Tasks with a cancel request, until the request has been handled. */
  readonly #canceling = new Set<string>();
  #rest: DispatchState;
  /** The latest known time, because nothing here has a clock. */
  #heard: string | undefined;

  /** `life` names a ledger that begins without a state; no other ledger may ever have the same one. */
  constructor(state: DispatchState | null, life: string) {
    this.#rest = state ?? { ...EMPTY, life };
    for (const task of this.#rest.running) this.#running.set(task.taskId, task);
    for (const tombstone of this.#rest.tombstones) this.#tombstones.set(tombstone.taskId, tombstone);
  }

  view(): Omit<DispatchView, 'running'> & { readonly running: readonly LedgerTask[] } {
    const { knowsWhatRuns, lastEnd, reserve, limits, limitsFrom, durations, pause, storage } = this.#rest;
    return {
      ...{ knowsWhatRuns, lastEnd, limits, limitsFrom, durations, pause, storage },
      running: [...this.#running.values()],
      tombstones: [...this.#tombstones.values()],
      reserve: reserve.map((task) => task.taskId),
    };
  }

  /** Records a poll; returns the admitted tasks, which count as running from now on. */
  recordPoll(poll: PollResult): readonly TaskFacts[] {
    this.#heard = poll.began;
    for (const taskId of poll.forgotten) {
      const tombstone = this.#tombstones.get(taskId);
      if (tombstone !== undefined && tombstone.end <= poll.knownEnd) this.#tombstones.delete(taskId);
    }
    for (const taskId of poll.lost) this.#running.delete(taskId);
    for (const task of poll.found ?? []) this.#find(task, poll.knownEnd);
    this.#rest = {
      ...this.#rest,
      knowsWhatRuns: this.#rest.knowsWhatRuns || poll.found !== null,
      limits: poll.limits,
      limitsFrom: poll.limitsFrom,
      durations: poll.durations,
      pause: poll.pause,
      storage: poll.storage,
      listed: poll.listed,
      reserve: poll.candidates.filter((task) => this.#mayStart(task.taskId, poll.knownEnd)),
    };
    return this.refill();
  }

  /** Admits from the reserve what there is room for; returns it. */
  refill(): readonly TaskFacts[] {
    if (!this.#rest.knowsWhatRuns) return [];
    const chosen = chooseTasks({
      candidates: this.#rest.reserve,
      running: [...this.#running.values()],
      limits: this.#rest.limits,
    });
    let { started } = this.#rest;
    for (const task of chosen.now) {
      const ended = this.#tombstones.get(task.taskId);
      const times = ended?.times ?? 0;
      const since = this.#heard === undefined ? {} : { since: this.#heard };
      const reported = ended?.as === 'source built' ? { reportedAt: ended.at } : {};
      const admission = `${this.#rest.life}/${(started += 1)}`;
      const entry = { ...task, times, ...since, ...reported, admission, isStarted: false, isAsked: false };
      this.#running.set(task.taskId, entry);
      this.#tombstones.delete(task.taskId);
    }
    this.#rest = { ...this.#rest, reserve: chosen.reserve, started };
    return chosen.now;
  }

  /** Admitted tasks whose start is not acknowledged: the next few to request, oldest first. */
  get toStart(): readonly AdmittedTask[] {
    const next: AdmittedTask[] = [];
    for (const entry of this.#running.values()) {
      if (entry.isStarted) continue;
      const { admission, reportedAt, isAsked } = entry;
      const reported = reportedAt === undefined ? {} : { reportedAt };
      next.push({ task: factsOf(entry), ...reported, admission, again: isAsked });
      if (next.length === START_SLICE) break;
    }
    return next;
  }

  /** Records that a request to start these is sent. */
  recordAsked(tasks: readonly AdmittedTask[]): void {
    for (const { task } of tasks) this.#change(task.taskId, { isAsked: true });
  }

  /** Records the answer to a request to start; tasks missing from it are requested again. */
  recordStart({ started, busy, refused }: StartResult, at: string): void {
    for (const taskId of started) this.#change(taskId, { isStarted: true });
    // They count as ended at once: a later poll retries them, less and less often.
    for (const taskId of [...busy, ...refused.map((one) => one.taskId)]) {
      const run = this.#running.get(taskId);
      if (run === undefined) continue;
      this.recordEnd({ taskId, at, ...(run.reportedAt === undefined ? {} : { as: 'source built' }) });
    }
  }

  /**
   * Records the end of a run. An unknown task is remembered too. A task without a record does not count as another try,
   * and the other tasks of its chroot leave the reserve: the next poll checks them before it proposes them.
   */
  recordEnd({ taskId, at, as }: TaskEnd): void {
    this.#heard = at;
    const run = this.#running.get(taskId);
    const since = run?.since === undefined ? {} : { since: run.since };
    const kind = as === undefined ? {} : { as };
    const before = run?.times ?? this.#tombstones.get(taskId)?.times ?? 0;
    const end = this.#rest.lastEnd + 1;
    this.#running.delete(taskId);
    this.#tombstones.set(taskId, { taskId, end, at, times: as === 'inactive' ? 0 : before + 1, ...since, ...kind });
    const isAlike = (task: TaskFacts): boolean =>
      as === 'inactive' && run !== undefined && run.chroot !== null && task.chroot === run.chroot;
    this.#rest = {
      ...this.#rest,
      lastEnd: end,
      ended: this.#rest.ended + 1,
      reserve: this.#rest.reserve.filter((task) => task.taskId !== taskId && !isAlike(task)),
    };
  }

  /**
   * Records a cancel of the task: it leaves the reserve, or its slot if its workflow was not requested yet. Says
   * whether its workflow has to be told.
   */
  recordCancel(taskId: string): 'running' | 'starting' | 'not running' {
    this.#canceling.add(taskId);
    this.#rest = { ...this.#rest, reserve: this.#rest.reserve.filter((task) => task.taskId !== taskId) };
    const run = this.#running.get(taskId);
    if (run === undefined) return 'not running';
    if (run.isStarted) return 'running';
    if (run.isAsked) return 'starting';
    this.#running.delete(taskId);
    return 'not running';
  }

  /** The task's cancel request has been handled. */
  recordCancelDone(taskId: string): void {
    this.#canceling.delete(taskId);
  }

  /** Tasks whose cancel request is being handled, by whomever. */
  get canceling(): readonly string[] {
    return [...this.#canceling];
  }

  isCanceling(taskId: string): boolean {
    return this.#canceling.has(taskId);
  }

  isRunning(taskId: string): boolean {
    return this.#running.has(taskId);
  }

  isStarted(taskId: string): boolean {
    return this.#running.get(taskId)?.isStarted === true;
  }

  get knowsWhatRuns(): boolean {
    return this.#rest.knowsWhatRuns;
  }

  /**
   * True if a slot is free after a refill: limits hold back the rest of the reserve, and only the frontend knows of
   * more tasks.
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

  /** Makes the limits of the poller with this digest count from its next poll on. */
  adoptLimits(source: NonNullable<DispatchState['limitsFrom']>): void {
    this.#rest = { ...this.#rest, limitsFrom: source };
  }

  /** `now`: facts that only the dispatcher itself knows. */
  status(now: Pick<AdmissionStatus, 'lastPoll' | 'lastFailure'>): AdmissionStatus {
    const { limits, limitsFrom, reserve, listed, started, ended } = this.#rest;
    return {
      running: this.#running.size,
      starting: [...this.#running.values()].filter(({ isStarted }) => !isStarted).length,
      ...{ limits, limitsFrom },
      reserve: reserve.map((task) => task.taskId),
      listed,
      tombstones: this.#tombstones.size,
      ...{ started, ended },
      canceling: this.#canceling.size,
      ...now,
    };
  }

  /** Everything, for continue-as-new. Cancel requests are not in it: the frontend lists them until they are confirmed. */
  state(): DispatchState {
    return { ...this.#rest, running: [...this.#running.values()], tombstones: [...this.#tombstones.values()] };
  }

  /**
   * Adds a running task that this dispatcher did not start, unless it has ended since the end that the poll knew of.
   */
  #find(task: TaskFacts, knownEnd: number): void {
    if (this.#running.has(task.taskId) || !this.#mayStart(task.taskId, knownEnd)) return;
    const since = this.#heard === undefined ? {} : { since: this.#heard };
    this.#running.set(task.taskId, { ...task, times: 0, ...since, admission: '', isStarted: true, isAsked: true });
  }

  #mayStart(taskId: string, knownEnd: number): boolean {
    if (this.#canceling.has(taskId)) return false;
    const tombstone = this.#tombstones.get(taskId);
    return tombstone === undefined || tombstone.end <= knownEnd;
  }

  #change(taskId: string, changed: Partial<LedgerTask>): void {
    const run = this.#running.get(taskId);
    if (run !== undefined) this.#running.set(taskId, { ...run, ...changed });
  }
}

function factsOf(entry: LedgerTask): TaskFacts {
  const { taskId, owner, sandbox, background, chroot, source, tags, userSsh, priority } = entry;
  return { taskId, owner, sandbox, background, chroot, source, tags, userSsh, priority };
}
