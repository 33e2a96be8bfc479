import path from 'node:path';
import type { BuildPlace } from '../../ports/build/build-place.js';
import type { BuildCopies, BuildCopy, StagedCopy } from '../../ports/project/build-copies.js';
import { createBuildCopies } from '../build-copies/build-copies.js';
import { createTreePaths } from '../file-tree/paths.js';
import { stagingPath } from '../file-tree/staging.js';
import type { PulpPackages } from '../pulp/packages.js';
import { readBuildRecord, writeBuildRecord, type BuildRecord } from './build-record.js';
import { hasRecord, packagesByLabels } from './labelled-builds.js';
import type { PackageBytes } from './package-bytes.js';

/**
 * Copies of builds whose packages are at Pulp. Packages that will not be changed are copied as a record: Pulp has them
 * already. Those that will be (their signatures) come from the disk, or from Pulp if they are gone there. A build that
 * another service brought to Pulp has the packages that have its labels.
 */
export function createPulpBuildCopies(deps: {
  readonly destdir: string;
  readonly packages: Pick<PulpPackages, 'labelled'>;
  readonly bytes: PackageBytes;
}): BuildCopies {
  const copies = createBuildCopies(deps);
  const paths = createTreePaths(deps.destdir);

  async function recordOf(
    from: BuildPlace,
    { rpms }: StagedCopy,
    signal: AbortSignal | undefined,
  ): Promise<BuildRecord | null> {
    const record = await readBuildRecord(paths.chroot(from), from.targetDir);
    if (hasRecord(record) || rpms.length > 0) return record;
    const packages = await packagesByLabels(from, { packages: deps.packages, signal });
    return packages.length === 0 ? record : { build: from.targetDir, listedIn: [], packages, left: [] };
  }

  async function complete(
    { from, to, packages }: BuildCopy,
    copy: StagedCopy,
    signal: AbortSignal | undefined,
  ): Promise<StagedCopy> {
    const record = await recordOf(from, copy, signal);
    if (record === null) return copy;
    const directory = stagingPath(paths, to, copy.staging);
    if (packages === 'links') {
      // No repository of the copy was asked to list anything.
      const build = path.basename(directory);
      await writeBuildRecord(path.dirname(directory), { ...record, build, listedIn: [], left: [] });
      return copy;
    }
    const missing = record.packages.filter(({ file }) => !copy.rpms.includes(file));
    await deps.bytes.fetch(
      from,
      missing.map((of) => ({ of, to: path.join(directory, path.basename(of.file)) })),
      signal,
    );
    const bytes = missing.reduce((sum, one) => sum + one.bytes, 0);
    return {
      ...copy,
      rpms: [...copy.rpms, ...missing.map(({ file }) => file)].sort(),
      packageBytes: copy.packageBytes + bytes,
      bytes: copy.bytes + bytes,
    };
  }

  return {
    ...copies,
    stage: async (copy, signal) => {
      const staging = await copies.stage(copy);
      if (staging.state !== 'staged') return staging;
      try {
        const doing = `${paths.build(copy.to)}: the packages of its copy cannot be brought`;
        return { state: 'staged', copy: await paths.within(doing, () => complete(copy, staging.copy, signal)) };
      } catch (error) {
        await copies.drop(staging.copy);
        throw error;
      }
    },
  };
}
