import type { HostSuspicion } from '../../contracts/build/build.js';
import type { FailureCode } from '../../contracts/failures/failure-codes.js';

/** The record of one machine; `times` 0: it has worked since. Times in ms since the epoch. */
export type HostEntry = {
  /** Failures in a row. */
  readonly times: number;
  readonly code: FailureCode;
  /** When this was last changed: of two memories of the same machine the later one counts. */
  readonly changed: number;
};

const MINUTE = 60_000;
/** A machine that failed once is avoided for this long, each further time twice as long, an hour at most. */
const FIRST_MS = 5 * MINUTE;
const MAX_MS = 60 * MINUTE;
/** A machine is forgotten if nothing was heard of it for this long after it was avoided. */
const FORGOTTEN_MS = 60 * MINUTE;
/** Machines remembered; beyond this number the least recently changed are dropped. */
const MAX_HOSTS = 1000;

/** `host`: address, as `hostName` writes it; `name`: what Resalloc calls the machine that has the address now. */
export type Machine = { readonly host: string; readonly name: string };

/**
 * Machines that failed recently, and until when they are avoided. Most failures count against the address, because a
 * pool of fixed hosts gives the same machine a new name each time. Two count against less: a machine that is not ready
 * for one chroot may be ready for all others, and one that Resalloc declared dead is gone, so that another name at its
 * address is another machine. Pure; the caller passes the time.
 */
export class HostRecord {
  readonly #entries = new Map<string, HostEntry>();

  failed(machine: Machine, chroot: string, code: FailureCode, now: number): void {
    const [address, forChroot, asMachine] = keysOf(machine, chroot);
    const key = code === 'BuilderNotReady' ? forChroot : code === 'BuilderLost' ? asMachine : address;
    const before = this.#entries.get(key);
    const times = before === undefined || isForgotten(before, now) ? 0 : before.times;
    this.#put(key, { times: times + 1, code, changed: now });
  }

  /** The machine did its work, so its failures are forgotten. True if there were any. */
  succeeded(machine: Machine, chroot: string, now: number): boolean {
    const known = keysOf(machine, chroot).flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry === undefined || entry.times === 0 ? [] : [[key, entry] as const];
    });
    for (const [key, entry] of known) this.#put(key, { ...entry, times: 0, changed: now });
    return known.length > 0;
  }

  /** Null if nothing speaks against the machine. */
  suspicion(machine: Machine, chroot: string, now: number): HostSuspicion | null {
    const [worst] = keysOf(machine, chroot)
      .flatMap((key) => this.#entries.get(key) ?? [])
      .filter((entry) => avoidedUntil(entry) > now)
      .sort((a, b) => avoidedUntil(b) - avoidedUntil(a));
    if (worst === undefined) return null;
    const often = worst.times === 1 ? 'failed' : `failed ${worst.times} times in a row, last`;
    const why = `it ${often} ${ago(now - worst.changed)} (${worst.code})`;
    return { why, until: new Date(avoidedUntil(worst)).toISOString() };
  }

  /** Machines that are avoided now, for people. */
  avoided(now: number): readonly { readonly host: string; readonly only: string | null; readonly entry: HostEntry }[] {
    return [...this.#entries]
      .filter(([, entry]) => avoidedUntil(entry) > now)
      .map(([key, entry]) => {
        const [host = '', only = null] = key.split(' ');
        return { host, only, entry };
      });
  }

  /** Everything worth keeping. */
  entries(now: number): Readonly<Record<string, HostEntry>> {
    for (const [key, entry] of this.#entries) if (isForgotten(entry, now)) this.#entries.delete(key);
    return Object.fromEntries(this.#entries);
  }

  /** Merges what another process, or an earlier one, remembers. */
  merge(others: Readonly<Record<string, HostEntry>>): void {
    for (const [key, other] of Object.entries(others).sort(([, a], [, b]) => a.changed - b.changed)) {
      const own = this.#entries.get(key);
      if (own === undefined || own.changed < other.changed) this.#put(key, other);
    }
  }

  #put(key: string, entry: HostEntry): void {
    this.#entries.delete(key); // the map is in the order of the changes
    this.#entries.set(key, entry);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= MAX_HOSTS) return;
      this.#entries.delete(oldest);
    }
  }
}

/** When a machine is no longer avoided. */
export function avoidedUntil(entry: HostEntry): number {
  if (entry.times === 0) return entry.changed;
  return entry.changed + Math.min(MAX_MS, FIRST_MS * 2 ** (entry.times - 1));
}

function isForgotten(entry: HostEntry, now: number): boolean {
  return avoidedUntil(entry) + FORGOTTEN_MS <= now;
}

/**
 * Keys of the failures of the address, of the address for the chroot, and of the machine; no part has a space in it.
 */
function keysOf({ host, name }: Machine, chroot: string): readonly [string, string, string] {
  return [host, `${host} chroot:${chroot}`, `${host} name:${name}`];
}

function ago(ms: number): string {
  const minutes = Math.round(ms / MINUTE);
  return minutes < 1 ? 'just now' : `${minutes} min ago`;
}
