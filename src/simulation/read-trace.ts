import { parseTraceLine, type TraceEvent } from '../domain/dispatch/admission-trace.js';
import type { Trace, TracedTask } from './trace.js';

/** Why a trace cannot be used; the message names the line. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

type Open = { -readonly [Key in keyof TracedTask]: TracedTask[Key] };

/**
 * Assembles a trace, line by line. The last line may be cut, and so may one before a `begin`: a killed poller leaves
 * them like that. Any other unreadable line is a TraceError.
 */
export class TraceReader {
  readonly #tasks: Open[] = [];
  readonly #open = new Map<string, Open>();
  readonly #times = new Map<string, number>();
  readonly #settings: Trace['settings'][number][] = [];
  /** Tasks from before the last `begin` that were not seen since. */
  #unseen = new Set<string>();
  #begun = 0;
  #from: number | null = null;
  #to = 0;
  #line = 0;
  #cut: TraceError | null = null;
  readonly #cutLines: number[] = [];

  /** Numbers of the lines that were cut. */
  get cutLines(): readonly number[] {
    return this.#cutLines;
  }

  add(text: string): void {
    this.#line += 1;
    if (text.trim() === '') return;
    let event: TraceEvent;
    try {
      event = parseTraceLine(text);
    } catch (error) {
      if (this.#cut !== null) throw this.#cut;
      const why =
        error instanceof SyntaxError
          ? 'this is not a complete JSON object'
          : error instanceof Error
            ? error.message
            : '';
      this.#cut = new TraceError(`line ${this.#line}: ${why}`, { cause: error });
      this.#cutLines.push(this.#line);
      return;
    }
    if (this.#cut !== null && event.event !== 'begin') throw this.#cut;
    this.#cut = null;
    if (this.#settings.length === 0 && event.event !== 'begin') {
      throw new TraceError(`line ${this.#line}: a trace begins with the event "begin"; this one lacks its beginning`);
    }
    this.#take(event);
  }

  /** Throws TraceError for a trace without a single build. */
  end(): Trace {
    this.#dropUnseen();
    if (this.#from === null) throw new TraceError('the trace is empty');
    if (this.#tasks.length === 0) throw new TraceError('the trace has no builds in it');
    const tasks = this.#tasks.toSorted((a, b) => a.arrived - b.arrived);
    return { from: this.#from, to: this.#to, settings: this.#settings, tasks };
  }

  #take(event: TraceEvent): void {
    this.#to = Math.max(this.#to, event.at);
    switch (event.event) {
      case 'begin':
        this.#dropUnseen();
        this.#unseen = new Set(this.#open.keys());
        this.#begun = event.at;
        this.#from ??= event.at;
        this.#settings.push(event);
        return;
      case 'limits':
        this.#settings.push(event);
        return;
      case 'arrive':
        if (this.#unseen.delete(event.task.taskId) || this.#open.has(event.task.taskId)) return;
        this.#arrive(event);
        return;
      case 'start':
      case 'end':
      case 'leave':
        this.#move(event);
    }
  }

  #arrive({ task, at }: Extract<TraceEvent, { event: 'arrive' }>): void {
    const { taskId } = task;
    const times = (this.#times.get(taskId) ?? 0) + 1;
    this.#times.set(taskId, times);
    const facts = times === 1 ? task : { ...task, taskId: `${taskId}#${times}` };
    const open: Open = { facts, arrived: at, started: null, ended: null, left: null };
    this.#tasks.push(open);
    this.#open.set(taskId, open);
  }

  /** A task that nobody saw arrive is ignored; a second poller records everything twice. */
  #move({ event, at, taskId }: Extract<TraceEvent, { event: 'start' | 'end' | 'leave' }>): void {
    const open = this.#open.get(taskId);
    if (open === undefined) return;
    this.#unseen.delete(taskId);
    if (event === 'start') {
      open.started ??= Math.max(at, open.arrived);
      return;
    }
    if (event === 'end' && open.started !== null) open.ended = Math.max(at, open.started);
    else open.left = at;
    this.#open.delete(taskId);
  }

  /** Drops what ended while nobody recorded. */
  #dropUnseen(): void {
    for (const taskId of this.#unseen) {
      const open = this.#open.get(taskId);
      if (open === undefined) continue;
      if (open.started === null) open.left = this.#begun;
      else open.ended = Math.max(open.started, this.#begun);
      this.#open.delete(taskId);
    }
    this.#unseen.clear();
  }
}
