import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';

/** A builder that cannot be reached for this long is given up, unless Resalloc has declared it dead before. */
const SILENT_MS = 60_000;
/**
 * A builder whose address refuses connections for this long is gone: its pool would notice only after minutes of
 * livechecks. A machine that is merely cut off is silent.
 */
const REFUSED_MS = 10_000;

/** Decides when a builder that was reached before is gone for good. */
export class LostContact {
  readonly #silent = new Span(SILENT_MS);
  readonly #refused = new Span(REFUSED_MS);

  /** Records that it could not be reached, and why; true if it is to be given up. */
  lost(why: Error): boolean {
    this.#silent.run();
    if (why instanceof BuilderUnreachable && why.refused) this.#refused.run();
    else this.#refused.stop();
    return this.#silent.isOver || this.#refused.isOver;
  }

  /** Records that it is reachable again. */
  found(): void {
    this.#silent.stop();
    this.#refused.stop();
  }
}

/** A period of time. Measured by a timer, as a clock can be set back. */
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
