import { readdir, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { isSafeName } from '../../../domain/names/safe-name.js';
import type { PrunableContent, PrunableDirectory } from '../../../domain/prune/prune-selection.js';
import { orRefused } from '../../../ports/or-refused.js';
import type { ProjectDirectory, PrunableTree, PruneSurvey, SourceBuild } from '../../../ports/prune/prunable-tree.js';
import { digestOfFile } from '../../files/digest.js';
import { statOf } from '../../files/entries.js';
import { directoriesIn, ownersIn } from '../../file-tree/directories.js';
import { createTreePaths, insideRoot, type TreePaths } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import type { Within } from '../../file-tree/mounted-root.js';
import { orNull } from '../../files/storage-failure.js';
import { readPendingRemovals } from '../publication/removed-builds.js';
import { readHold } from '../generations/hold.js';
import { inspectMetadata, placeOf, readMetadata } from '../metadata/metadata.js';
import { readPackageFacts } from '../metadata/primary.js';
import { listPins, pinDirectory } from '../generations/pins.js';

/** Directories that are looked at at the same time. */
const AT_ONCE = 32;

/** The results tree on a file system, with the metadata of its chroots, as a pruner sees it. */
export function createPrunableTree(deps: { readonly destdir: string }): PrunableTree {
  const paths = createTreePaths(deps.destdir);
  const reading = <T>(directory: string, work: () => Promise<T>): Promise<T> =>
    paths.within(`${directory} cannot be read`, async () => {
      await insideRoot(paths, directory);
      return work();
    });
  return {
    projects: (refused) => projectsOf(paths, reading, refused),
    chroots: (project) =>
      reading(paths.project(project), async () => {
        const found = [];
        for (const name of await directoriesIn(paths.project(project))) {
          const stats = await statOf(path.join(paths.project(project), name));
          if (stats !== null) found.push({ name, changedAt: stats.mtimeMs });
        }
        return found;
      }),
    survey: (repository) => reading(paths.chroot(repository), () => survey(paths, repository)),
    surveyLogs: (repository) =>
      reading(paths.chroot(repository), async () => ({
        ...{ packages: [], pinned: new Map(), departed: new Set(), hasModules: false },
        directories: await readDirectories(paths.chroot(repository)),
      })),
    removeOldLogs: (repository, builds) =>
      reading(paths.chroot(repository), async () => {
        for (const build of builds) await removeOldLog(paths.chroot(repository), build);
      }),
    sourceBuilds: (project) => reading(paths.project(project), () => sourceBuilds(paths, project)),
    removeSourceBuild: ({ owner, dirname, name, changedAt }) => {
      const file = paths.build({ owner, dirname, chroot: SOURCE_CHROOT, targetDir: name });
      return paths.within(`${file} cannot be removed`, async () => {
        await insideRoot(paths, file);
        if ((await statOf(file))?.mtimeMs !== changedAt) return 'kept';
        await rm(file, { recursive: true, force: true });
        return 'removed';
      });
    },
  };
}

async function projectsOf(
  paths: TreePaths,
  reading: Within,
  refused?: (line: string) => void,
): Promise<readonly ProjectDirectory[]> {
  const found: ProjectDirectory[] = [];
  for (const owner of await reading(paths.root, () => ownersIn(paths.root))) {
    const place = path.join(paths.root, owner);
    const names = reading(place, () => directoriesIn(place));
    for (const dirname of (await (refused === undefined ? names : orRefused(names, refused))) ?? [])
      found.push({ owner, dirname });
  }
  return found;
}

async function survey(paths: TreePaths, repository: RepositoryId): Promise<PruneSurvey> {
  const chrootDir = paths.chroot(repository);
  const live = repodataOf(paths, repository, false);
  const hold = await readHold(live);
  if (hold !== null) return { state: 'held', why: `held at generation ${hold.generation} since ${hold.since}` };
  const found = await inspectMetadata(placeOf(live));
  if (found.state === 'damaged') return { state: 'noMetadata', why: found.why };
  const { repomd, primary } = found;
  const file = path.join(live, primary.name);
  const isWhole = (await digestOfFile(file, primary.algorithm)) === primary.checksum;
  const packages = isWhole ? await readPackageFacts(file) : null;
  if (packages === null) return { state: 'noMetadata', why: 'the primary metadata is damaged' };
  const pinned = new Map<string, string>();
  for (const generation of await listPins(paths, repository)) {
    const read = await readMetadata(placeOf(path.join(pinDirectory(paths, repository, generation), 'repodata')));
    if (read.state === 'damaged')
      return { state: 'held', why: `the pinned generation ${generation} cannot be read: ${read.why}` };
    for (const href of read.packages.keys()) pinned.set(href, generation);
  }
  const content: PrunableContent = {
    packages,
    pinned,
    directories: await readDirectories(chrootDir),
    departed: new Set((await readPendingRemovals(chrootDir)).map((entry) => entry.path)),
    hasModules: repomd.files.some(({ type }) => type === 'modules'),
  };
  return { state: 'whole', ...content };
}

async function readDirectories(chrootDir: string): Promise<readonly PrunableDirectory[]> {
  const names = (await directoriesIn(chrootDir)).filter(isBuildDirectoryName);
  const found = await pMap(names, (name) => readDirectory(chrootDir, name), { concurrency: AT_ONCE });
  return found.filter((directory) => directory !== null);
}

/** Null: it went while we looked. */
async function readDirectory(chrootDir: string, name: string): Promise<PrunableDirectory | null> {
  const directory = path.join(chrootDir, name);
  const stats = await statOf(directory);
  const entries = await orNull(readdir(directory));
  if (stats === null || entries === null) return null;
  const rpms = entries.filter((entry) => entry.endsWith('.rpm'));
  return { name, isBuild: entries.includes('build.info'), changedAt: stats.mtimeMs, rpms };
}

/** A log that old versions wrote beside the build. */
async function removeOldLog(chrootDir: string, build: string): Promise<void> {
  const id = /^(\d+)/.exec(build)?.[1];
  if (id !== undefined) await orNull(unlink(path.join(chrootDir, `build-${id}.log`)));
}

async function sourceBuilds(paths: TreePaths, { owner, dirname }: ProjectDirectory): Promise<readonly SourceBuild[]> {
  const directory = paths.chroot({ owner, dirname, chroot: SOURCE_CHROOT });
  const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
  const found: SourceBuild[] = [];
  for (const entry of entries) {
    const { name } = entry;
    const isLog = entry.isFile() && name.endsWith('.log');
    // No build has an unsafe name, so nobody knows what lies there.
    const isMeant = isSafeName(name) && (isLog || entry.isDirectory());
    const stats = isMeant ? await statOf(path.join(directory, name)) : null;
    if (stats !== null) found.push({ owner, dirname, name, isLog, changedAt: stats.mtimeMs });
  }
  return found;
}
