import { isPendingRemoval, type PendingRemovals } from '../repository-store/publication/pending-removals.js';
import type { BuildRecord, Live, RecordedPackage } from './build-record.js';

/**
 * The packages that a repository has to list, by their sha256: those of every build that was listed and has not been
 * removed. Pulp keeps one package of a name, version, release, architecture and file name, without the epoch, and
 * would choose one silently; the newest build wins here, and the one below it comes back when the newest goes. `lost`:
 * packages, by their sha256, that Pulp no longer has.
 */
export function wantedContent(
  records: readonly BuildRecord[],
  live: Live,
  removals: PendingRemovals,
  lost: ReadonlyMap<string, unknown> = new Map(),
): ReadonlyMap<string, RecordedPackage> {
  const winners = new Map<string, RecordedPackage>();
  for (const { build, packages } of records.filter(({ listedIn }) => listedIn.includes(live)).sort(byAge))
    for (const one of packages)
      if (!isPendingRemoval(removals, `${build}/${one.file}`) && !lost.has(one.sha256)) winners.set(placeOf(one), one);
  return new Map([...winners.values()].map((one) => [one.sha256, one]));
}

/** Packages with the same answer exclude each other in a repository at Pulp. */
export function placeOf({ name, version, release, arch }: Omit<RecordedPackage, 'file' | 'sha256' | 'bytes'>): string {
  return JSON.stringify([name, version, release, arch]);
}

/** Oldest first: build ids grow, and directories begin with them. */
function byAge(one: BuildRecord, other: BuildRecord): number {
  const [a, b] = [one, other].map(({ build }) => Number.parseInt(build, 10) || 0);
  return (a ?? 0) - (b ?? 0) || (one.build < other.build ? -1 : 1);
}
