import type { FailureFact } from '../../contracts/failures.js';
import type { Builder } from '../../contracts/build/build.js';
import { hostName } from './machine.js';

/**
 * Machines a build is tried on, and attempts in all, before the backend gives up
 * (docs/neighbours/builder.md#machines-that-fail).
 */
const MAX_HOSTS = 3;
const MAX_ATTEMPTS = 8;
/** Tickets that no pool can serve before the backend gives up: the pools may just be changing their configuration. */
const MAX_WITHOUT_POOL = 2;
/** Failures of an attempt that involved no machine. */
const WITHOUT_BUILDER = new Set<string>(['TicketUnusable', 'NoSuchPool']);
/** Longest pause before the next ticket in seconds, however often tickets came back unusable. */
const MAX_PAUSE_SECONDS = 60;

/** The attempts of a build on machines, and whether there is another one. */
export class BuilderTries {
  readonly #hosts = new Set<string>();
  readonly #machines = new Set<string>();
  #unusable = 0;
  #withoutPool = 0;
  #after: FailureFact | undefined;

  /** Names of machines that the build has failed on. */
  get failedOn(): readonly string[] {
    return [...this.#machines];
  }

  /** How the latest attempt ended. */
  get after(): FailureFact | undefined {
    return this.#after;
  }

  /** Seconds before the next ticket. */
  pause(nextBuilder: number): number {
    return Math.min(nextBuilder * 2 ** Math.max(0, this.#unusable - 1), MAX_PAUSE_SECONDS);
  }

  /**
   * Records that attempt number `attempt` failed because of the machine. `builder` is null if it was not known yet.
   * Returns why the backend gives up; null: it tries another machine.
   */
  fail(attempt: number, failure: FailureFact, builder: Builder | null): FailureFact | null {
    this.#after = failure;
    if (failure.code === 'NoSuchPool') this.#withoutPool += 1;
    if (this.#withoutPool >= MAX_WITHOUT_POOL) return failure;
    if (isWithoutBuilder(failure)) this.#unusable += 1;
    else {
      this.#hosts.add(builder === null ? 'unknown' : hostName(builder));
      if (builder !== null) this.#machines.add(builder.name);
    }
    if (this.#hosts.size < MAX_HOSTS && attempt - this.#unusable < MAX_ATTEMPTS) return null;
    const hosts = [...this.#hosts].join(', ');
    const message = `gave up after ${attempt} builders (${hosts}); the last one: ${failure.message}`;
    return { code: 'BuildersExhausted', message };
  }
}

/** True if no machine was involved, so there is nothing to stop. */
export function isWithoutBuilder({ code }: FailureFact): boolean {
  return WITHOUT_BUILDER.has(code);
}
