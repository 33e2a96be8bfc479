import type { FailureCode } from '../../contracts/failures/failure-codes.js';

const MINUTE = 60_000;
/** Ends of work on builders are counted over this time, minute by minute. */
export const WINDOW_MINUTES = 30;
/**
 * Trouble begins at this many failures if they are also this share of all ends. It ends below the second share or
 * number.
 */
const BEGIN = { failures: 5, share: 0.3 };
const END = { failures: 3, share: 0.15 };
/** Machines named in a report. */
const MAX_NAMED = 5;

type Bucket = { minute: number; succeeded: number; failures: { readonly host: string; readonly code: FailureCode }[] };

/** A pool's work within the window. */
export type PoolReport = {
  readonly pool: string;
  readonly failed: number;
  readonly succeeded: number;
  /** Failures among all ends, 0 to 1. */
  readonly share: number;
  readonly codes: Readonly<Partial<Record<FailureCode, number>>>;
  /** The machines that failed most, at most five. */
  readonly hosts: readonly string[];
  /** Since when it has too many failures; ISO 8601, null while it does not. */
  readonly troubledSince: string | null;
};

export type TroubleChange = { readonly kind: 'began' | 'ended'; readonly report: PoolReport };

/**
 * Detects pools whose builders fail unusually often. A single failing machine is not a trouble of its pool, because it
 * is avoided. Pure; the caller passes the time.
 */
export class PoolTrouble {
  readonly #pools = new Map<string, { buckets: Bucket[]; troubledSince: number | null }>();

  succeeded(pool: string, now: number): void {
    this.#bucket(pool, now).succeeded += 1;
  }

  failed(pool: string, host: string, code: FailureCode, now: number): void {
    this.#bucket(pool, now).failures.push({ host, code });
  }

  /** Pools whose trouble began or ended since the last check. */
  look(now: number): readonly TroubleChange[] {
    const changes: TroubleChange[] = [];
    for (const [name, pool] of this.#pools) {
      pool.buckets = pool.buckets.filter(({ minute }) => minute > minuteOf(now) - WINDOW_MINUTES);
      const { failed, share } = this.#report(name, pool);
      const is = failed >= BEGIN.failures && share >= BEGIN.share;
      const isOver = failed < END.failures || share < END.share;
      if (pool.troubledSince === null && is) {
        pool.troubledSince = now;
        changes.push({ kind: 'began', report: this.#report(name, pool) });
      } else if (pool.troubledSince !== null && isOver) {
        changes.push({ kind: 'ended', report: this.#report(name, pool) });
        pool.troubledSince = null;
      }
      if (pool.buckets.length === 0) this.#pools.delete(name);
    }
    return changes;
  }

  reports(): readonly PoolReport[] {
    return [...this.#pools].map(([name, pool]) => this.#report(name, pool));
  }

  #bucket(name: string, now: number): Bucket {
    const pool = this.#pools.get(name) ?? { buckets: [], troubledSince: null };
    this.#pools.set(name, pool);
    const minute = minuteOf(now);
    const last = pool.buckets.at(-1);
    if (last?.minute === minute) return last;
    const bucket: Bucket = { minute, succeeded: 0, failures: [] };
    pool.buckets.push(bucket);
    return bucket;
  }

  #report(pool: string, { buckets, troubledSince }: { buckets: Bucket[]; troubledSince: number | null }): PoolReport {
    const failures = buckets.flatMap((bucket) => bucket.failures);
    const succeeded = buckets.reduce((sum, bucket) => sum + bucket.succeeded, 0);
    const codes: Partial<Record<FailureCode, number>> = {};
    const hosts = new Map<string, number>();
    for (const { host, code } of failures) {
      codes[code] = (codes[code] ?? 0) + 1;
      hosts.set(host, (hosts.get(host) ?? 0) + 1);
    }
    return {
      ...{ pool, succeeded, failed: failures.length, codes },
      share: failures.length === 0 ? 0 : failures.length / (failures.length + succeeded),
      hosts: [...hosts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, MAX_NAMED)
        .map(([host]) => host),
      troubledSince: troubledSince === null ? null : new Date(troubledSince).toISOString(),
    };
  }
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE);
}
