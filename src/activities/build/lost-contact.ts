import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';

/** A builder that cannot be reached for this long is given up, if Resalloc has not said so before. */
const SILENT_MS = 60_000;
/**
 * One whose address refuses connections for this long is gone: its pool would notice only after minutes of livechecks.
 * A machine that was merely cut off is silent.
 */
const REFUSED_MS = 10_000;

/** Decides when a builder that was reached before is gone for good. */
export class LostContact {
  readonly #silent = new Span(SILENT_MS);
  readonly #refused = new Span(REFUSED_MS);

  /** It could not be reached, and why; true when it is to be given up. */
  lost(why: Error): boolean {
    this.#silent.run();
    if (why instanceof BuilderUnreachable && why.refused) this.#refused.run();
    else this.#refused.stop();
    return this.#silent.isOver || this.#refused.isOver;
  }

  /** It is there again. */
  found(): void {
    this.#silent.stop();
    this.#refused.stop();
  }
}

/** A span of time that is over when it has run for so long. A timer, for a clock can be set back. */
class Span {
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  run(): void {
    this.#timer ??= setTimeout(() => (this.#isOver = true), this.#ms).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOver = false;
  }
}
