import { constants } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import type { BuildPlace } from '../../ports/build/result-tree.js';
import { syncDirectory, syncFile } from '../files/atomic-file.js';
import { statOf } from '../files/entries.js';
import { insideRoot, type TreePaths } from '../file-tree/paths.js';
import { makeStaging, nameOfStaging, stagingPath } from '../file-tree/staging.js';
import { orNull } from '../files/storage-failure.js';

/** Directories of a CoprDir that are no chroots (docs/neighbours/storage.md#tree). */
const NO_CHROOTS = new Set<string>([SOURCE_CHROOT, 'modules', 'repodata', 'pinned']);

export async function chrootsIn(
  paths: TreePaths,
  of: { readonly owner: string; readonly dirname: string },
): Promise<readonly string[]> {
  await insideRoot(paths, paths.project(of));
  return directoriesIn(paths.project(of), (name) => isSafeName(name) && !NO_CHROOTS.has(name));
}

export async function buildsIn(paths: TreePaths, of: RepositoryId): Promise<readonly string[]> {
  await insideRoot(paths, paths.chroot(of));
  return directoriesIn(paths.chroot(of), (name) => isSafeName(name) && /^\d{8,}-/.test(name));
}

async function directoriesIn(directory: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && isWanted(entry.name))
    .map(({ name }) => name)
    .sort();
}

export async function copyRpms(paths: TreePaths, place: BuildPlace, names: readonly string[]): Promise<string> {
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

export async function replaceRpms(paths: TreePaths, place: BuildPlace, staging: string): Promise<void> {
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
