import path from 'node:path';
import { UnusualMetadata, type ByKind } from './documents.js';
import { DamagedMetadata, type LiveFile, type LiveMetadata } from './live-metadata.js';
import {
  locationsOf,
  nevraOf,
  orderKey,
  pkgidOf,
  RECORD_BEGIN,
  recordsOf,
  type PackageRecord,
} from './package-records.js';
import { openWholeDocuments } from './whole-documents.js';
import { attributeSpellings } from '../metadata/attribute-spellings.js';

/** The requested change. */
export type MetadataChange = {
  /**
   * Build directories that have exactly the staged packages from now on: their other packages leave. A deleted build
   * has none staged.
   */
  readonly builds: readonly string[];
  /** Single packages to remove, by their path below the chroot directory. */
  readonly packages: readonly string[];
};

/** Two packages that clients cannot tell apart, by their paths below the chroot directory. */
export type Twin = { readonly arrival: string; readonly other: string };

/** The effect of a change on the published packages. */
export type Census = {
  /** Number of packages in the new metadata. */
  readonly packages: number;
  readonly leaving: ReadonlySet<string>;
  /** In createrepo_c's order. */
  readonly arriving: readonly PackageRecord[];
  /** Added packages for which another package with the same name, version and architecture but other content stays. */
  readonly twins: readonly Twin[];
  /** For each group of the published metadata, the facts that decide whether it has to be rebuilt. */
  readonly groups: readonly {
    readonly last: string;
    readonly lastKey: string;
    readonly leaves: boolean;
    readonly packages: number;
  }[];
};

/** The packages that createrepo_c read for this change. */
export async function readStaged(files: ByKind<LiveFile>, baseurl: string | null): Promise<readonly PackageRecord[]> {
  const records: PackageRecord[] = [];
  for await (const { bodies } of openWholeDocuments(files).groups()) records.push(...recordsOf(bodies, baseurl));
  return records;
}

/**
 * Determines which packages the result will list, before it is made. Members described by our index are examined only
 * if they may have packages from a changed directory; in other documents every location is examined.
 */
export async function takeCensus(
  live: LiveMetadata,
  change: MetadataChange & { readonly staged: readonly PackageRecord[]; readonly baseurl: string | null },
): Promise<Census> {
  const staged = new Map(change.staged.map((record) => [record.location, record]));
  if (staged.size !== change.staged.length) throw new UnusualMetadata('a package comes twice');
  const builds = new Set(change.builds);
  const dropped = new Set(change.packages);
  const placed = new Set<string>();
  const leaving = new Set<string>();
  const twins: Twin[] = [];
  const arrivalsByFile = new Map<string, PackageRecord[]>();
  for (const record of change.staged) {
    const name = path.posix.basename(record.location);
    arrivalsByFile.set(name, [...(arrivalsByFile.get(name) ?? []), record]);
  }
  const groups: Census['groups'][number][] = [];
  let [packages, lastKey] = [0, ''];
  const mayConcern = concernOf([
    ...change.builds,
    ...[...staged.keys(), ...dropped].map((one) => path.posix.dirname(one)),
  ]);
  for await (const { body, indexed } of live.primaries()) {
    if (indexed !== null && !mayConcern(body) && !mayHoldFiles(arrivalsByFile.keys(), lastKey, indexed.last)) {
      lastKey = after(lastKey, indexed.last);
      groups.push({ last: indexed.last, lastKey, leaves: false, packages: indexed.packages });
      packages += indexed.packages;
      continue;
    }
    const locations = locationsOf(body, change.baseurl);
    if (indexed !== null && (locations.length !== indexed.packages || locations.at(-1) !== indexed.last))
      throw new DamagedMetadata('the index has other packages than the primary document');
    let leaves = false;
    for (const location of locations) {
      lastKey = after(lastKey, location);
      const arrival = staged.get(location);
      if (arrival !== undefined && hasChecksum(body, arrival)) {
        placed.add(location);
      } else if (arrival !== undefined || dropped.has(location) || builds.has(buildOf(location))) {
        leaving.add(location);
        leaves = true;
      } else {
        for (const one of arrivalsByFile.get(path.posix.basename(location)) ?? [])
          if (areTwins(body, location, one)) twins.push({ arrival: one.location, other: location });
      }
    }
    groups.push({ last: locations.at(-1) ?? '', lastKey, leaves, packages: locations.length });
    packages += locations.length;
  }
  const arriving = change.staged.filter(({ location }) => !placed.has(location)).sort(inOrder);
  return { packages: packages - leaving.size + arriving.length, leaving, arriving, twins, groups };
}

/** For more directories than this it is cheaper to examine every location than to search for each directory. */
const MAX_SEARCHED = 8;

/** Makes a test whether primary records may include packages of one of these directories. */
function concernOf(directories: readonly string[]): (body: Buffer) => boolean {
  const needles = [...new Set(directories)].flatMap((directory) => hrefs(directory, '/'));
  const isSearched = needles.length <= MAX_SEARCHED && !directories.includes('.');
  return isSearched ? (body) => needles.some((needle) => body.includes(needle)) : () => true;
}

/** The key of `location`, which comes next. */
function after(lastKey: string, location: string): string {
  const key = orderKey(location);
  if (key > lastKey) return key;
  throw new UnusualMetadata(`${location} is not in createrepo_c's order, or named twice`);
}

function buildOf(location: string): string {
  return location.slice(0, Math.max(location.indexOf('/'), 0));
}

/** True if the primary records have the package in its current state. */
function hasChecksum(body: Buffer, { location, pkgid }: PackageRecord): boolean {
  return pkgidOf('primary', recordAt(body, location)) === pkgid;
}

/** A primary record up to its location, which comes after everything searched for here. */
function recordAt(body: Buffer, location: string): Buffer {
  const place = Math.max(...hrefs(location, '"/>').map((href) => body.indexOf(href)));
  return body.subarray(body.lastIndexOf(RECORD_BEGIN, place), place);
}

/** The possible spellings of an attribute that begins with this text. */
function hrefs(text: string, end: string): readonly Buffer[] {
  return attributeSpellings(text).map((spelling) => Buffer.concat([Buffer.from('href="'), spelling, Buffer.from(end)]));
}

function areTwins(body: Buffer, location: string, arrival: PackageRecord): boolean {
  const record = recordAt(body, location);
  return pkgidOf('primary', record) !== arrival.pkgid && nevraOf(record) === nevraOf(arrival.xml.primary);
}

/** True when files of these names may be among packages that come after `lastKey` and end with `last`. */
function mayHoldFiles(names: Iterable<string>, lastKey: string, last: string): boolean {
  return [...names].some((name) => `${name}\u0001` > lastKey && `${name}\0` <= orderKey(last));
}

/** Order of createrepo_c. */
export function inOrder(one: { readonly location: string }, other: { readonly location: string }): number {
  const [a, b] = [orderKey(one.location), orderKey(other.location)];
  return a < b ? -1 : a > b ? 1 : 0;
}
