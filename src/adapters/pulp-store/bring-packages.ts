import { stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { digestOfFile } from '../files/digest.js';
import type { Unit } from '../pulp/answers.js';
import type { LocalPackage, PulpPackages } from '../pulp/packages.js';
import type { TaskWatch } from '../pulp/tasks.js';
import { isPendingRemoval, type PendingRemovals } from '../repository-store/publication/pending-removals.js';
import { rpmsOfBuild } from '../repository-store/publication/wanted-packages.js';
import { deliveredNames } from '../result-tree/delivery.js';
import { readBuildRecord, writeBuildRecord, type Live, type RecordedPackage } from './build-record.js';

/** Files read at a time. */
const PARALLEL = 4;

/** The packages that builds have at Pulp now. */
export type Brought = {
  /** The packages that lie in their directories, by their sha256. */
  readonly units: ReadonlyMap<string, Unit>;
  /** Builds whose directories do not exist: they have nothing to bring. */
  readonly missing: readonly string[];
};

type Bringing = {
  readonly packages: PulpPackages;
  readonly chrootDir: string;
  readonly repository: RepositoryId;
  readonly live: Live;
  readonly watch: TaskWatch;
};

/**
 * Brings the packages that lie in directories of builds to Pulp, and records them there as listed in `live`. Safe to
 * repeat; what Pulp has is not sent again. Packages that were recorded before and lie there no longer stay recorded,
 * unless a later run of the build delivered others. Files of packages that were removed are left alone.
 */
export async function bringPackages(
  input: Bringing & {
    readonly builds: readonly string[];
    /** Their files lie there until nobody can be reading them. */
    readonly removals: PendingRemovals;
  },
): Promise<Brought> {
  const { packages, chrootDir, repository, builds, removals, watch } = input;
  const missing: string[] = [];
  const found = new Map<string, readonly LocalPackage[]>();
  for (const build of builds) {
    const all = await rpmsOfBuild(chrootDir, build);
    if (all === null) missing.push(build);
    const hrefs = (all ?? []).filter((href) => !isPendingRemoval(removals, href));
    const labels = labelsOf(build, repository.chroot);
    const local = (href: string): Promise<LocalPackage> => localPackage(path.join(chrootDir, href), labels);
    if (all !== null) found.set(build, await pMap(hrefs, local, { concurrency: PARALLEL }));
    watch.onPoll?.(`reading ${build}`);
  }
  // One look for all of them: a full run has thousands of builds.
  const sha256s = new Set([...found.values()].flatMap((files) => files.map(({ sha256 }) => sha256)));
  const there = new Map(await packages.find([...sha256s], watch.signal));
  for (const [build, files] of found)
    for (const [sha256, unit] of await bringBuild(input, build, { files, there })) there.set(sha256, unit);
  return { units: there, missing };
}

/** `there`: what Pulp has of all builds that are brought. */
async function bringBuild(
  { packages, chrootDir, live, watch }: Bringing,
  build: string,
  { files, there }: { readonly files: readonly LocalPackage[]; readonly there: ReadonlyMap<string, Unit> },
): Promise<ReadonlyMap<string, Unit>> {
  const units = await packages.ensure(files, watch, there);
  const brought = files.flatMap(({ file, sha256, bytes }): readonly RecordedPackage[] => {
    const unit = units.get(sha256);
    if (unit === undefined) return [];
    const { name, version, release, arch } = unit;
    return [{ file: path.basename(file), sha256, bytes, name, version, release, arch }];
  });
  const known = await readBuildRecord(chrootDir, build);
  const listedIn = [...new Set([...(known?.listedIn ?? []), live])];
  const delivered = await deliveredNames(path.join(chrootDir, build));
  const names = new Set(brought.map(({ file }) => file));
  const isKept = ({ file }: RecordedPackage): boolean =>
    !names.has(file) && (delivered === null || delivered.includes(file));
  const before = known?.packages ?? [];
  const now = [...before.filter(isKept), ...brought];
  const kept = new Set(now.map(({ sha256 }) => sha256));
  const left = [...(known?.left ?? []), ...before].filter(({ sha256 }) => !kept.has(sha256));
  await writeBuildRecord(chrootDir, { build, listedIn, packages: now, left });
  return units;
}

/** Labels by which people and other tools find a build's packages. */
export function labelsOf(build: string, chroot: string): LocalPackage['labels'] {
  return { build_id: String(Number.parseInt(build, 10) || 0), chroot };
}

async function localPackage(file: string, labels: LocalPackage['labels']): Promise<LocalPackage> {
  return { file, sha256: await digestOfFile(file), bytes: (await stat(file)).size, labels };
}
