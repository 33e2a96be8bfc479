import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { StagedPlace } from '../../ports/build/build-place.js';
import type { PackageCopies } from '../../ports/signing/package-copies.js';
import { syncFile } from '../files/atomic-file.js';
import { exists } from '../files/entries.js';
import { createTreePaths, insideRoot } from '../file-tree/paths.js';
import { stagingPath } from '../file-tree/staging.js';
import { createPackageCopies } from '../result-tree/package-copies.js';
import type { PackageBytes } from './package-bytes.js';
import { goneFiles } from './gone-files.js';

/**
 * Copies of packages at Pulp, for changing them: from the disk, or from Pulp if the file is gone there. Those that are
 * put in place lie on the disk again, until they are published.
 */
export function createPulpPackageCopies(deps: {
  readonly destdir: string;
  readonly bytes: PackageBytes;
}): PackageCopies {
  const paths = createTreePaths(deps.destdir);
  const copies = createPackageCopies({ paths });

  async function placeGone(staged: StagedPlace): Promise<void> {
    const [build, source] = [paths.build(staged), stagingPath(paths, staged, staged.staging)];
    await insideRoot(paths, build);
    if (!(await exists(source))) return;
    for (const { file } of await goneFiles(paths, staged, await readdir(source))) {
      await syncFile(path.join(source, file));
      await rename(path.join(source, file), path.join(build, file));
    }
  }

  return {
    copy: async (place, rpms, signal) => {
      const gone = await goneFiles(paths, place, rpms);
      const names = new Set(gone.map(({ file }) => file));
      const { staging, bytes } = await copies.copy(
        place,
        rpms.filter((rpm) => !names.has(path.basename(rpm))),
      );
      const directory = stagingPath(paths, place, staging);
      await paths.within(`${paths.build(place)}: RPMs cannot be copied`, () =>
        deps.bytes.fetch(
          place,
          gone.map((of) => ({ of, to: path.join(directory, of.file) })),
          signal,
        ),
      );
      return { staging, bytes: gone.reduce((sum, one) => sum + one.bytes, bytes) };
    },
    replace: async (staged) => {
      await paths.within(`${paths.build(staged)}: RPMs cannot be replaced`, () => placeGone(staged));
      await copies.replace(staged);
    },
  };
}
