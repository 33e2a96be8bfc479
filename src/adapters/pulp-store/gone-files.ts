import path from 'node:path';
import type { BuildPlace } from '../../ports/build/build-place.js';
import { exists } from '../files/entries.js';
import type { TreePaths } from '../file-tree/paths.js';
import { readBuildRecord, type RecordedPackage } from './build-record.js';

/** Those of a build's packages, by the names of their files, that Pulp has and the disk has not. */
export async function goneFiles(
  paths: TreePaths,
  place: BuildPlace,
  rpms: readonly string[],
): Promise<readonly RecordedPackage[]> {
  const record = await readBuildRecord(paths.chroot(place), place.targetDir);
  const names = new Set(rpms.map((rpm) => path.basename(rpm)));
  const gone: RecordedPackage[] = [];
  for (const one of record?.packages ?? [])
    if (names.has(one.file) && !(await exists(path.join(paths.build(place), one.file)))) gone.push(one);
  return gone;
}
