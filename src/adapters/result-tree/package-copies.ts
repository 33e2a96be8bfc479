import { constants } from 'node:fs';
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { StagedPlace } from '../../ports/build/build-place.js';
import type { PackageCopies } from '../../ports/signing/package-copies.js';
import { insideRoot, type TreePaths } from '../file-tree/paths.js';
import { makeStaging, stagingPath } from '../file-tree/staging.js';
import { syncDirectory, syncFile } from '../files/atomic-file.js';
import { statOf } from '../files/entries.js';

/** Copies of packages in staging directories of the results tree. */
export function createPackageCopies({ paths }: { readonly paths: TreePaths }): PackageCopies {
  return {
    copy: async (place, rpms) =>
      paths.within(`${paths.build(place)}: RPMs cannot be copied`, async () => {
        const build = paths.build(place);
        await insideRoot(paths, build);
        const staging = await makeStaging(paths, place);
        let bytes = 0;
        for (const name of rpms.map((rpm) => path.basename(rpm))) {
          const copy = path.join(stagingPath(paths, place, staging), name);
          await copyFile(path.join(build, name), copy, constants.COPYFILE_EXCL);
          bytes += (await stat(copy)).size;
        }
        return { staging, bytes };
      }),
    replace: async (staged) =>
      paths.within(`${paths.build(staged)}: RPMs cannot be replaced`, () => replaceRpms(paths, staged)),
  };
}

async function replaceRpms(paths: TreePaths, staged: StagedPlace): Promise<void> {
  const [build, source] = [paths.build(staged), stagingPath(paths, staged, staged.staging)];
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
