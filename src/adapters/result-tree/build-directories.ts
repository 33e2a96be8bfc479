import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildDirectories } from '../../ports/build/build-directories.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { BUILD_INFO } from '../file-tree/own-names.js';
import { makeDirectory, type TreePaths } from '../file-tree/paths.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { orNull } from '../files/storage-failure.js';
import { insideBuild } from './inside-build.js';
import { prepareDirectory } from './run-preparation.js';

/** Build directories of the results tree. */
export function createBuildDirectories({ paths }: { readonly paths: TreePaths }): BuildDirectories {
  return {
    prepare: async (place, runId) =>
      paths.within(`${paths.build(place)} cannot be made ready`, async () => {
        await makeDirectory(paths, paths.build(place), true);
        await prepareDirectory(paths.build(place), runId);
      }),
    writeBuildInfo: async (place, info) => {
      const directory = paths.build(place);
      return insideBuild(paths, directory, {
        failing: 'build.info cannot be written',
        work: () =>
          writeFileAtomic(path.join(directory, BUILD_INFO), `build_id=${info.buildId}\nbuilder_ip=${info.host}`),
      });
    },
    lastBuilder: async (place) => {
      const file = path.join(paths.build(place), BUILD_INFO);
      const info = await paths.within(`${file} cannot be read`, () => orNull(readFile(file, 'utf8')));
      return /^builder_ip=(.+)$/m.exec(info ?? '')?.[1] ?? null;
    },
    refuseDeleted: async (place) =>
      paths.within(`${paths.build(place)} cannot be read`, () => refuseDeleted(paths.root, paths.build(place))),
  };
}
