import { OUTSIDE_SYSTEMS, type OutsideSystem } from '../contracts/failures/outside-systems.js';

/**
 * If the next attempt has not come here within this time, the wait continues in another process; pauses are at most 60
 * s.
 */
const FORGOTTEN_MS = 150_000;

type Wait = { readonly system: OutsideSystem; readonly since: number; expires: number };

/**
 * Waits for outside systems, and since when, as seen by this process. A failed attempt is remembered during the pause
 * until the next one. If that comes to another process, the wait is forgotten here and counted there.
 */
export class Waits {
  readonly #waits = new Map<string, Wait>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** `key` waits from now on until `end`. */
  begin(key: string, system: OutsideSystem, since: number): void {
    this.#waits.set(key, { system, since, expires: Number.POSITIVE_INFINITY });
  }

  /** `key` failed and will be retried, by this or another process. */
  pause(key: string, system: OutsideSystem, since: number): void {
    this.#waits.set(key, { system, since, expires: this.#now() + FORGOTTEN_MS });
  }

  /** The next attempt has come here: the wait continues until it ends. */
  resume(key: string): void {
    const wait = this.#waits.get(key);
    if (wait !== undefined) wait.expires = Number.POSITIVE_INFINITY;
  }

  end(key: string): void {
    this.#waits.delete(key);
  }

  /** Every system with its number of waits and the age of the oldest, in seconds. */
  summary(): ReadonlyMap<OutsideSystem, { readonly count: number; readonly oldestSeconds: number }> {
    const now = this.#now();
    const summary = new Map(OUTSIDE_SYSTEMS.map((system) => [system, { count: 0, oldestSeconds: 0 }]));
    for (const [key, { system, since, expires }] of this.#waits) {
      if (expires <= now) {
        this.#waits.delete(key);
        continue;
      }
      const known = summary.get(system);
      if (known === undefined) continue;
      known.count += 1;
      known.oldestSeconds = Math.max(known.oldestSeconds, (now - since) / 1000);
    }
    return summary;
  }
}
