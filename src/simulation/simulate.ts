import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { PollResult, TaskFacts } from '../contracts/dispatch/dispatch.js';
import { DispatchLedger } from '../domain/dispatch/dispatch-ledger.js';
import { onlyWorkers } from '../domain/dispatch/dispatch-limits.js';
import { propose } from '../domain/dispatch/poll-proposal.js';
import { EventQueue } from './event-queue.js';
import { estimateDurations } from './run-times.js';
import type { Settings, Trace, TracedTask } from './trace.js';

/** The fate of a task; `startedAt` null: the limits never let it start, or it left before they did. */
export type Simulated = {
  readonly task: TracedTask;
  readonly arrivedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
};

/** The dispatcher's shortest time between two polls. */
const SHORTEST_PAUSE_MS = 500;
/** Arrivals, ends and departures between two progress reports. */
const PROGRESS_EVERY = 1000;

type Item = { readonly kind: 'arrive' | 'end' | 'leave'; readonly task: TracedTask } | { readonly kind: 'settings' };
type Life = { -readonly [Key in keyof Simulated]: Simulated[Key] };

/**
 * Replays a trace through the dispatcher's own ledger and policy in virtual time: the same polls every `pause` seconds,
 * the same refill from the reserve when a build ends. `settings` gives the limits and the time from which they apply.
 * RPM builds arrive as long after their source build's end as they did in the trace. Network and engine take no time
 * here.
 */
export function simulate(
  trace: Trace,
  settings: Trace['settings'] | Settings,
  onProgress: (share: number) => void = () => undefined,
): readonly Simulated[] {
  const run = new Simulation(trace, 'limits' in settings ? [{ at: 0, ...settings }] : settings);
  run.toTheEnd(onProgress);
  return run.lives();
}

class Simulation {
  readonly #ledger = new DispatchLedger(null, 'simulation');
  readonly #events = new EventQueue<Item>();
  readonly #lives = new Map<string, Life>();
  /** The list that the frontend would return. */
  readonly #listed = new Map<string, TaskFacts>();
  /** RPM builds by the id of their source build, until that has ended. */
  readonly #awaiting = new Map<string, TracedTask[]>();
  readonly #durations: ReadonlyMap<string, number>;
  readonly #settings: Trace['settings'];
  readonly #trace: Trace;
  #lastPoll: number;
  /** The time since which there is something that the last poll did not see. */
  #newsSince: number | null;
  /** The time since which the dispatcher wants a poll at once. */
  #wantedSince: number | null = null;

  constructor(trace: Trace, settings: Trace['settings']) {
    this.#trace = trace;
    this.#settings = settings;
    this.#durations = estimateDurations(trace);
    this.#lastPoll = trace.from - this.#at(trace.from).pause * 1000;
    this.#newsSince = trace.from;
    for (const { at } of settings) if (at > trace.from) this.#events.add(at, { kind: 'settings' });
    const sources = new Map<string, TracedTask>();
    for (const task of trace.tasks) if (task.facts.source) sources.set(task.facts.taskId, task);
    const running: TracedTask[] = [];
    for (const task of trace.tasks) {
      this.#lives.set(task.facts.taskId, { task, arrivedAt: task.arrived, startedAt: null, endedAt: null });
      const source = sources.get(/^\d+/.exec(task.facts.taskId)?.[0] ?? '');
      const isAfterSource = source !== undefined && source.ended !== null && source.ended <= task.arrived;
      if (task.started !== null && task.started <= trace.from) running.push(task);
      else if (isAfterSource && !task.facts.source) this.#await(source.facts.taskId, task);
      else this.#events.add(task.arrived, { kind: 'arrive', task });
    }
    this.#takeOver(running);
  }

  lives(): readonly Simulated[] {
    return [...this.#lives.values()];
  }

  toTheEnd(onProgress: (share: number) => void): void {
    const total = this.#lives.size * 2;
    for (let done = 0; ; done += 1) {
      if (done % PROGRESS_EVERY === 0) onProgress(Math.min(1, done / total));
      const event = this.#events.nextAt;
      const poll = this.#nextPoll();
      if (event === null && poll === null) break;
      if (poll !== null && (event === null || poll < event)) this.#poll(poll);
      else this.#happen(event ?? 0);
    }
    onProgress(1);
  }

  /** Builds that were running when the trace began run here too, whatever the limits say. */
  #takeOver(running: readonly TracedTask[]): void {
    const began = new Date(this.#trace.from).toISOString();
    const candidates = running.map(({ facts }) => facts);
    this.#ledger.recordPoll(pollResult({ began, candidates, knownEnd: 0, forgotten: [] }, EVERYTHING));
    for (const { facts, started } of running) {
      this.#listed.set(facts.taskId, facts);
      this.#begin(facts.taskId, started ?? this.#trace.from);
    }
  }

  #await(sourceId: string, task: TracedTask): void {
    const others = this.#awaiting.get(sourceId);
    if (others === undefined) this.#awaiting.set(sourceId, [task]);
    else others.push(task);
  }

  #happen(at: number): void {
    const item = this.#events.take();
    if (item === null) return;
    this.#newsSince ??= at;
    const life = item.kind === 'settings' ? undefined : this.#lives.get(item.task.facts.taskId);
    if (item.kind === 'settings' || life === undefined) return;
    const { facts, left } = item.task;
    switch (item.kind) {
      case 'arrive':
        life.arrivedAt = at;
        this.#listed.set(facts.taskId, facts);
        if (left !== null) this.#events.add(Math.max(at, left), { kind: 'leave', task: item.task });
        break;
      case 'end':
        this.#end(life, at);
        break;
      case 'leave':
        // A task that these limits have already started ends like a build.
        if (life.startedAt !== null) return;
        this.#listed.delete(facts.taskId);
        this.#ledger.recordCancel(facts.taskId);
    }
  }

  #end(life: Life, at: number): void {
    const { facts, ended } = life.task;
    life.endedAt = at;
    this.#listed.delete(facts.taskId);
    this.#ledger.recordEnd({ taskId: facts.taskId, at: new Date(at).toISOString() });
    for (const task of this.#ledger.refill()) this.#begin(task.taskId, at);
    if (this.#ledger.wantsPoll) this.#wantedSince ??= at;
    for (const task of this.#awaiting.get(facts.taskId) ?? []) {
      this.#events.add(at + task.arrived - (ended ?? task.arrived), { kind: 'arrive', task });
    }
    this.#awaiting.delete(facts.taskId);
  }

  #begin(taskId: string, at: number): void {
    const life = this.#lives.get(taskId);
    if (life === undefined) return;
    life.startedAt = at;
    const end = at + (this.#durations.get(taskId) ?? 0);
    this.#events.add(Math.max(end, this.#trace.from), { kind: 'end', task: life.task });
  }

  /** The first poll that sees the news; null while there are none, as a poll without news changes nothing. */
  #nextPoll(): number | null {
    if (this.#newsSince === null) return null;
    const pause = this.#at(this.#lastPoll).pause * 1000;
    const polls = Math.max(1, Math.ceil((this.#newsSince - this.#lastPoll) / pause));
    const regular = this.#lastPoll + polls * pause;
    if (this.#wantedSince === null) return regular;
    return Math.min(regular, Math.max(this.#wantedSince, this.#lastPoll + SHORTEST_PAUSE_MS));
  }

  #poll(now: number): void {
    this.#lastPoll = now;
    this.#newsSince = null;
    this.#wantedSince = null;
    const settings = this.#at(now);
    const view = this.#ledger.view();
    const listed = [...this.#listed.values()];
    const { limits } = settings;
    const proposal = propose({ of: 'builds', listed, view, lost: [], held: new Set(), limits, now });
    if (!proposal.news) return;
    const { candidates, forgotten } = proposal;
    if (proposal.isCut) this.#wantedSince = now;
    const began = new Date(now).toISOString();
    const result = pollResult({ began, candidates, forgotten, knownEnd: view.lastEnd }, settings);
    for (const task of this.#ledger.recordPoll(result)) this.#begin(task.taskId, now);
  }

  #at(time: number): Settings {
    const found = this.#settings.findLast(({ at }) => at <= time) ?? this.#settings[0];
    if (found === undefined) throw new Error('a simulation needs limits');
    return found;
  }
}

const EVERYTHING: Settings = { limits: onlyWorkers(Number.MAX_SAFE_INTEGER), pause: 1 };

function pollResult(
  poll: Pick<PollResult, 'began' | 'candidates' | 'forgotten' | 'knownEnd'>,
  { limits, pause }: Settings,
): PollResult {
  const { candidates } = poll;
  return {
    ...{ ...poll, limits, pause, lost: [], listed: candidates.length },
    ...{ found: [], isCut: false, limitsFrom: { poller: 'simulation', digest: '', at: poll.began } },
    ...{ durations: DEFAULT_DURATIONS, storage: 'main' },
  };
}
