import type { PulpPackages } from '../../pulp/packages.js';
import { LIVES, readBuildRecords, writeBuildRecord, type BuildRecord, type RecordedPackage } from '../build-record.js';
import { readMirrored, writeMirrored } from './mirrored.js';
import { allOf, type TreeListing, type TreePackage } from './tree-listing.js';

/** Packages of the tree that Pulp has, and those that it has not. */
export type Mirror = {
  readonly there: ReadonlyMap<string, RecordedPackage>;
  readonly absent: readonly TreePackage[];
};

/**
 * Makes the records of a chroot's builds say what the tree lists, if Pulp has all of it; otherwise nothing changes.
 * Packages that were published at Pulp without the tree stay listed; those that were mirrored before and left the tree
 * since do not. Safe to repeat.
 */
export async function mirrorRecords(input: {
  readonly packages: Pick<PulpPackages, 'find'>;
  readonly chrootDir: string;
  readonly listing: TreeListing;
  readonly signal?: AbortSignal | undefined;
}): Promise<Mirror> {
  const { chrootDir, listing } = input;
  const records = await readBuildRecords(chrootDir);
  const mirrored = await readMirrored(chrootDir);
  const known = new Map([...mirrored, ...records.flatMap(({ packages }) => packages)].map((one) => [one.sha256, one]));
  const mirror = await findAll(input, known);
  if (mirror.absent.length > 0) return mirror;
  const every = new Map([...mirrored, ...mirror.there.values()].map((one) => [one.sha256, one]));
  // First, so that nothing is listed that this file does not name.
  if (every.size > mirrored.length) await writeMirrored(chrootDir, [...every.values()]);
  const before = new Map(records.map((record) => [record.build, record]));
  const builds = new Set([...before.keys(), ...allOf(listing).map(({ build }) => build)]);
  for (const build of builds) {
    const old = before.get(build) ?? { build, listedIn: [], packages: [], left: [] };
    const record = recordOf(old, listing, mirror.there, every);
    if (JSON.stringify(record) !== JSON.stringify(old)) await writeBuildRecord(chrootDir, record);
  }
  return mirror;
}

async function findAll(
  { packages, listing, signal }: Parameters<typeof mirrorRecords>[0],
  known: ReadonlyMap<string, RecordedPackage>,
): Promise<Mirror> {
  const wanted = allOf(listing);
  // Also those that are known: Pulp may have removed what no repository lists.
  const found = await packages.find([...new Set(wanted.map(({ sha256 }) => sha256))], signal);
  const there = new Map<string, RecordedPackage>();
  const absent: TreePackage[] = [];
  for (const one of wanted) {
    const { file, sha256, bytes } = one;
    const unit = found.get(sha256);
    if (unit === undefined) absent.push(one);
    else {
      const { name, version, release, arch } = unit;
      there.set(sha256, known.get(sha256) ?? { file, sha256, bytes, name, version, release, arch });
    }
  }
  return { there, absent };
}

/** The record that a build has to have. */
function recordOf(
  old: BuildRecord,
  listing: TreeListing,
  there: ReadonlyMap<string, RecordedPackage>,
  mirrored: ReadonlyMap<string, RecordedPackage>,
): BuildRecord {
  const listed = new Map<string, RecordedPackage>();
  const lives = LIVES.filter((live) => {
    const own = (listing[live] ?? []).filter(({ build }) => build === old.build);
    for (const { file, sha256, bytes } of own) {
      const one = there.get(sha256);
      if (one !== undefined) listed.set(sha256, { ...one, file, bytes });
    }
    return own.length > 0;
  });
  const published = old.packages.filter(({ sha256 }) => !mirrored.has(sha256));
  const packages = [...published, ...listed.values()];
  const now = new Set(packages.map(({ sha256 }) => sha256));
  return {
    build: old.build,
    listedIn: LIVES.filter((live) => lives.includes(live) || (published.length > 0 && old.listedIn.includes(live))),
    packages,
    left: [...old.left, ...old.packages].filter(({ sha256 }) => !now.has(sha256)),
  };
}
