import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { Builder } from '../../contracts/build/build.js';
import type { Attempt } from './build-view.js';
import { hostName } from './machine.js';

/**
 * Machines a build is tried on, and attempts in all, before the backend gives up
 * (docs/neighbours/builder.md#machines-that-fail).
 */
const MAX_HOSTS = 3;
const MAX_ATTEMPTS = 8;
/** Tickets that no pool can serve before the backend gives up: the pools may just be changing their configuration. */
const MAX_WITHOUT_POOL = 2;
/** Tickets that are remembered besides the current one: more than a build can have open. */
const MAX_EARLIER = 50;
/** Failures of an attempt that involved no machine. */
const WITHOUT_BUILDER = new Set<string>(['TicketUnusable', 'NoSuchPool']);
/** Longest pause before the next ticket in seconds, however often tickets came back unusable. */
const MAX_PAUSE_SECONDS = 60;

/**
 * A build's attempts on machines: the progress of the current one, the results of the others, and whether there will be
 * another.
 */
export class BuilderTries implements Attempt {
  #attempt = 0;
  #ticket: number | null = null;
  #earlierTickets: readonly number[] = [];
  #builder: Builder | null = null;
  readonly #hosts = new Set<string>();
  readonly #machines = new Set<string>();
  #unusable = 0;
  #withoutPool = 0;
  #after: FailureFact | undefined;

  /** The number of the current attempt, 1 for the first. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The ticket to be closed; null: none is known. */
  get ticket(): number | null {
    return this.#ticket;
  }

  /** The build's other tickets, the latest last: they may still be open, until it has given them back. */
  get earlierTickets(): readonly number[] {
    return this.#earlierTickets;
  }

  /** Known once it was chosen. */
  get builder(): Builder | null {
    return this.#builder;
  }

  /** Begins another attempt, which has no ticket or builder yet. */
  begin(): void {
    this.#attempt += 1;
    this.#leaveTicket();
    this.#ticket = null;
    this.#builder = null;
  }

  takeTicket(ticket: number): void {
    if (ticket !== this.#ticket) this.#leaveTicket();
    this.#ticket = ticket;
  }

  takeBuilder(builder: Builder): void {
    this.#builder = builder;
  }

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
   * Records that the current attempt failed because of the machine. Returns why the backend gives up; null: it tries
   * another machine.
   */
  fail(failure: FailureFact): FailureFact | null {
    const builder = this.#builder;
    this.#after = failure;
    if (failure.code === 'NoSuchPool') this.#withoutPool += 1;
    if (this.#withoutPool >= MAX_WITHOUT_POOL) return failure;
    if (isWithoutBuilder(failure)) this.#unusable += 1;
    else {
      this.#hosts.add(builder === null ? 'unknown' : hostName(builder));
      if (builder !== null) this.#machines.add(builder.name);
    }
    if (this.#hosts.size < MAX_HOSTS && this.#attempt - this.#unusable < MAX_ATTEMPTS) return null;
    const hosts = [...this.#hosts].join(', ');
    const message = `gave up after ${this.#attempt} builders (${hosts}); the last one: ${failure.message}`;
    return { code: 'BuildersExhausted', message };
  }

  #leaveTicket(): void {
    if (this.#ticket !== null) this.#earlierTickets = [...this.#earlierTickets, this.#ticket].slice(-MAX_EARLIER);
  }
}

/** True if no machine was involved, so there is nothing to stop. */
export function isWithoutBuilder({ code }: FailureFact): boolean {
  return WITHOUT_BUILDER.has(code);
}
