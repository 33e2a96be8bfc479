import { stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { digestOfFile } from '../files/digest.js';
import type { LocalPackage, PulpPackages } from '../pulp/packages.js';
import type { TaskWatch } from '../pulp/tasks.js';
import { isPendingRemoval, type PendingRemovals } from '../repository-store/publication/pending-removals.js';
import { rpmsOfBuild } from '../repository-store/publication/wanted-packages.js';
import { deliveredNames } from '../result-tree/delivery.js';
import { readBuildRecord, writeBuildRecord, type Live, type RecordedPackage } from './build-record.js';

/** Files read at a time. */
const PARALLEL = 4;

/** A build directory that does not exist has nothing to bring. */
export type Brought = 'brought' | 'missing';

/**
 * Brings the packages that lie in a build's directory to Pulp, and records them there as listed in `live`. Safe to
 * repeat; what Pulp has is not sent again. Packages that were recorded before and lie there no longer stay recorded,
 * unless a later run of the build delivered others. Files of packages that were removed are left alone.
 */
export async function bringPackages(input: {
  readonly packages: PulpPackages;
  readonly chrootDir: string;
  readonly repository: RepositoryId;
  readonly build: string;
  readonly live: Live;
  /** Their files lie there until nobody can be reading them. */
  readonly removals: PendingRemovals;
  readonly watch: TaskWatch;
}): Promise<Brought> {
  const { packages, chrootDir, repository, build, live, removals, watch } = input;
  const all = await rpmsOfBuild(chrootDir, build);
  if (all === null) return 'missing';
  const hrefs = all.filter((href) => !isPendingRemoval(removals, href));
  const labels = labelsOf(build, repository.chroot);
  const files = await pMap(hrefs, (href) => localPackage(path.join(chrootDir, href), labels), {
    concurrency: PARALLEL,
  });
  const units = await packages.ensure(files, watch);
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
  const there = new Set(now.map(({ sha256 }) => sha256));
  const left = [...(known?.left ?? []), ...before].filter(({ sha256 }) => !there.has(sha256));
  await writeBuildRecord(chrootDir, { build, listedIn, packages: now, left });
  return 'brought';
}

/** Labels by which people and other tools find a build's packages. */
export function labelsOf(build: string, chroot: string): LocalPackage['labels'] {
  return { build_id: String(Number.parseInt(build, 10) || 0), chroot };
}

async function localPackage(file: string, labels: LocalPackage['labels']): Promise<LocalPackage> {
  return { file, sha256: await digestOfFile(file), bytes: (await stat(file)).size, labels };
}
