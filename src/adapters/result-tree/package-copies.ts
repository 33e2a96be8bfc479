import { constants } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPlace } from '../../ports/build/build-place.js';
import type { PackageCopies } from '../../ports/signing/package-copies.js';
import { insideRoot, type TreePaths } from '../file-tree/paths.js';
import { makeStaging, nameOfStaging, stagingPath } from '../file-tree/staging.js';
import { syncDirectory, syncFile } from '../files/atomic-file.js';
import { statOf } from '../files/entries.js';

/** Copies of packages in staging directories of the results tree. */
export function createPackageCopies({ paths }: { readonly paths: TreePaths }): PackageCopies {
  return {
    copy: async (place, names) =>
      paths.within(`${paths.build(place)}: RPMs cannot be copied`, () => copyRpms(paths, place, names)),
    replace: async (place, staging) =>
      paths.within(`${paths.build(place)}: RPMs cannot be replaced`, () => replaceRpms(paths, place, staging)),
  };
}

async function copyRpms(paths: TreePaths, place: BuildPlace, names: readonly string[]): Promise<string> {
  const build = paths.build(place);
  await insideRoot(paths, build);
  const staging = await makeStaging(paths, place);
  for (const name of names) {
    await copyFile(
      path.join(build, path.basename(name)),
      path.join(staging, path.basename(name)),
      constants.COPYFILE_EXCL,
    );
  }
  return staging;
}

async function replaceRpms(paths: TreePaths, place: BuildPlace, staging: string): Promise<void> {
  const [build, source] = [paths.build(place), stagingPath(paths, place, nameOfStaging(staging))];
  await insideRoot(paths, build);
  const names = (await readdir(source)).filter((name) => name.endsWith('.rpm'));
  for (const name of names) await syncFile(path.join(source, name));
  for (const name of names) {
    // A package that was removed meanwhile stays removed.
    if ((await statOf(path.join(build, name)))?.isFile() === true)
      await rename(path.join(source, name), path.join(build, name));
  }
  if ((await statOf(build)) !== null) await syncDirectory(build);
  await rm(source, { recursive: true, force: true });
}
