import { UnusualMetadata, type ByKind } from './documents.js';
import type { LiveFile, LiveMetadata } from './live-metadata.js';
import { locationsOf, orderKey, pkgidOf, RECORD_BEGIN, recordsOf, type PackageRecord } from './package-records.js';
import { openWholeDocuments } from './whole-documents.js';

/** What shall be different. */
export type MetadataChange = {
  /**
   * Build directories whose packages are the staged ones from now on: all others of theirs leave. A deleted build is
   * one with nothing staged.
   */
  readonly builds: readonly string[];
  /** Single packages that leave, by their path below the chroot directory. */
  readonly packages: readonly string[];
};

/** A change held against the published packages. */
export type Census = {
  /** Packages that the new metadata has. */
  readonly packages: number;
  readonly leaving: ReadonlySet<string>;
  /** In createrepo_c's order. */
  readonly arriving: readonly PackageRecord[];
  /** For each group of the published metadata, what decides whether it has to be made anew. */
  readonly groups: readonly { readonly lastKey: string; readonly leaves: boolean; readonly packages: number }[];
};

/** The packages that createrepo_c read for this change. */
export async function readStaged(files: ByKind<LiveFile>, baseurl: string | null): Promise<readonly PackageRecord[]> {
  const records: PackageRecord[] = [];
  for await (const { bodies } of openWholeDocuments(files).groups()) records.push(...recordsOf(bodies, baseurl));
  return records;
}

/** Looks at the place of every published package once, and so knows what the result will name before it is made. */
export async function takeCensus(
  live: LiveMetadata,
  change: MetadataChange & { readonly staged: readonly PackageRecord[]; readonly baseurl: string | null },
): Promise<Census> {
  const staged = new Map(change.staged.map((record) => [record.location, record]));
  if (staged.size !== change.staged.length) throw new UnusualMetadata('a package comes twice');
  const builds = new Set(change.builds);
  const dropped = new Set(change.packages);
  const settled = new Set<string>();
  const leaving = new Set<string>();
  const groups: Census['groups'][number][] = [];
  let [packages, lastKey] = [0, ''];
  for await (const body of live.primaries()) {
    const locations = locationsOf(body, change.baseurl);
    let leaves = false;
    for (const location of locations) {
      const key = orderKey(location);
      if (key <= lastKey) throw new UnusualMetadata(`${location} is not in createrepo_c's order, or named twice`);
      lastKey = key;
      const arrival = staged.get(location);
      if (arrival !== undefined && hasChecksum(body, arrival)) {
        settled.add(location);
      } else if (arrival !== undefined || dropped.has(location) || builds.has(buildOf(location))) {
        leaving.add(location);
        leaves = true;
      }
    }
    groups.push({ lastKey, leaves, packages: locations.length });
    packages += locations.length;
  }
  const arriving = change.staged.filter(({ location }) => !settled.has(location)).sort(inOrder);
  return { packages: packages - leaving.size + arriving.length, leaving, arriving, groups };
}

function buildOf(location: string): string {
  return location.slice(0, Math.max(location.indexOf('/'), 0));
}

/** True when a row of primary records has the package as it is now. */
function hasChecksum(body: Buffer, { location, pkgid }: PackageRecord): boolean {
  const place = body.indexOf(`href="${location}"/>`);
  return pkgidOf('primary', body.subarray(body.lastIndexOf(RECORD_BEGIN, place), place)) === pkgid;
}

/** Order of createrepo_c. */
export function inOrder(one: { readonly location: string }, other: { readonly location: string }): number {
  const [a, b] = [orderKey(one.location), orderKey(other.location)];
  return a < b ? -1 : a > b ? 1 : 0;
}
