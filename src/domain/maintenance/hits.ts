/** A download from the results, as a web server or a content network logs it. */
export type Access = {
  /** Path and query as requested, still percent-encoded. */
  readonly url: string;
  readonly status: number;
  readonly agent: string;
  /** Seconds since the epoch. */
  readonly at: number;
};

/** The message to the frontend (docs/neighbours/frontend.md#hits). */
export type HitCount = {
  /** Times of the first and the last counted access, in seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly hits: Readonly<Record<string, number>>;
};

const METADATA = /^\/results\/([^/]+)\/([^/]+)\/([^/]+)\/repodata\/repomd\.xml$/i;
const PACKAGE = /^\/results\/([^/]+)\/([^/]+)\/([^/]+)\/(?:packages\/[^/]|[^/]+)\/[^/]+\.rpm$/i;

/** Agents that are not people's (docs/neighbours/storage.md#hits). */
const CRAWLERS = new RegExp(
  [
    ...['google', 'bingbot', 'yahoo', 'slurp', 'spider', 'crawler', 'yandex', 'semrushbot', 'ahrefs', 'borg', 'silk'],
    ...['speedy', 'baidu', 'duckduckbot', 'mj12bot', 'dotbot', 'petalbot', 'applebot', 'amazonbot', 'gptbot'],
    ...['claudebot', 'facebookexternalhit', 'archive.org_bot'],
  ].join('|'),
  'i',
);

/** Sums accesses into the frontend's counters; null: none of them counts. */
export function countHits(accesses: Iterable<Access>): HitCount | null {
  const hits = new Map<string, number>();
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const access of accesses) {
    const keys = countersOf(access);
    if (keys.length === 0) continue;
    from = Math.min(from, access.at);
    to = Math.max(to, access.at);
    for (const key of keys) hits.set(key, (hits.get(key) ?? 0) + 1);
  }
  return hits.size === 0 ? null : { from, to, hits: Object.fromEntries(hits) };
}

/** The counters that an access adds to. */
export function countersOf({ url, status, agent }: Access): readonly string[] {
  if (status === 404 || agent.startsWith('Mock') || CRAWLERS.test(agent)) return [];
  const path = decoded(url.split('?')[0] ?? '');
  if (path === null) return [];
  const metadata = METADATA.exec(path);
  if (metadata !== null) return [`chroot_repo_metadata_dl_stat|${metadata.slice(1, 4).join('|')}`];
  const [, owner, dirname, chroot] = PACKAGE.exec(path) ?? [];
  if (owner === undefined || dirname === undefined || chroot === undefined || chroot === 'srpm-builds') return [];
  return [`chroot_rpms_dl_stat|${owner}|${dirname}|${chroot}`, `project_rpms_dl_stat|${owner}|${dirname}`];
}

/** Null: not an encoding, or still encoded after one decoding, so it is nobody's honest request. */
function decoded(url: string): string | null {
  try {
    const path = decodeURIComponent(url);
    return /%[\da-f]{2}/i.test(path) || path.includes('|') ? null : path;
  } catch {
    return null;
  }
}
