import { lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BuildCopies, StagedCopy } from '../../ports/project/build-copies.js';
import type { BuildPlace } from '../../ports/build/build-place.js';
import { syncDirectory, syncFile, writeFileAtomic } from '../files/atomic-file.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { statOf } from '../files/entries.js';
import { BUILD_INFO } from '../file-tree/own-names.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import { entriesOfProject } from '../file-tree/project-directories.js';
import { COPY, makeCopyStaging, makeStagingRoot, stagingPath } from '../file-tree/staging.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { copyDirectory, isPackage } from './copy-directory.js';

/** Copies within a results tree that this process can write. */
export function createBuildCopies(deps: { readonly destdir: string }): BuildCopies {
  const paths = createTreePaths(deps.destdir);

  async function makeBeside(to: BuildPlace): Promise<string> {
    const root = paths.stagingRoot(to);
    if (!(await isDirectory(root))) await makeStagingRoot(paths, to);
    return makeCopyStaging(paths, to);
  }

  /** The facts about the copy; null if the source disappeared meanwhile. */
  async function fill(source: string, directory: string, packages: 'links' | 'copies', fromChroot: string | null) {
    try {
      const { leftOut, bytes } = await copyDirectory(source, directory, packages);
      if (fromChroot !== null) await noteOrigin(directory, fromChroot);
      const names = (await readdir(directory)).filter(isPackage).sort();
      const rpms: string[] = [];
      let packageBytes = 0;
      for (const name of names) {
        const stats = await lstat(path.join(directory, name));
        if (!stats.isFile()) continue;
        rpms.push(name);
        packageBytes += stats.size;
      }
      return { leftOut, rpms, packageBytes, bytes };
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      if (errnoOf(error) === 'ENOENT' && (await statOf(source)) === null) return null;
      throw error;
    }
  }

  async function commitOne({ to, staging, rpms, bytes }: StagedCopy): Promise<{ readonly bytes: number | null }> {
    const directory = stagingPath(paths, to, staging);
    for (const file of rpms.map((name) => path.join(directory, name)))
      if ((await lstat(file)).nlink === 1) await syncFile(file);
    await syncDirectory(directory);
    try {
      await rename(directory, paths.build(to));
      return { bytes };
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
      await rm(directory, { recursive: true, force: true });
      return { bytes: null };
    }
  }

  return {
    locate: ({ owner, project }, chroot, names) =>
      paths.within(`${owner}/${project}: its builds cannot be looked for`, async () => {
        const wanted = new Set(names);
        const found = new Map<string, string>();
        for (const dirname of await entriesOfProject(paths.root, { owner, project })) {
          if (wanted.size === 0) break;
          if (!(await isDirectory(paths.project({ owner, dirname })))) continue;
          const directory = paths.chroot({ owner, dirname, chroot });
          if (!(await isDirectory(directory))) continue;
          for (const name of (await orNull(readdir(directory))) ?? [])
            if (wanted.delete(name)) found.set(name, dirname);
        }
        return found;
      }),

    stage: ({ from, to, packages, fromChroot }) => {
      const [source, target] = [paths.build(from), paths.build(to)];
      return paths.within(`${target}: no copy of ${source} can be made`, async () => {
        await insideRoot(paths, target);
        await refuseDeleted(paths.root, path.dirname(target));
        if (await isTaken(target)) return { state: 'standing' };
        await insideRoot(paths, path.dirname(source));
        if (!(await isDirectory(source))) return { state: 'missing' };
        const staging = await makeBeside(to);
        const filled = await fill(source, stagingPath(paths, to, staging), packages, fromChroot);
        return filled === null ? { state: 'missing' } : { state: 'staged', copy: { to, staging, ...filled } };
      });
    },

    commit: async (copies) => {
      const parents = [...new Set(copies.map(({ to }) => path.dirname(paths.build(to))))];
      const [one = paths.root] = parents;
      return paths.within(`${one}: the copies cannot be put in`, async () => {
        for (const parent of parents) await makeDirectory(paths, parent);
        const committed = await Promise.all(copies.map(commitOne));
        for (const parent of parents) await syncDirectory(parent);
        return committed;
      });
    },

    drop: async ({ to, staging }) => {
      const directory = stagingPath(paths, to, staging);
      await paths.within(`${directory} cannot be removed`, () => rm(directory, { recursive: true, force: true }));
    },

    dropUnfinished: (of) => {
      const root = paths.stagingRoot(of);
      return paths.within(`${root} cannot be emptied`, async () => {
        await insideRoot(paths, root);
        for (const name of (await orNull(readdir(root))) ?? [])
          if (name.startsWith(COPY)) await rm(path.join(root, name), { recursive: true, force: true });
      });
    },
  };
}

/** No link to one is followed. */
async function isDirectory(place: string): Promise<boolean> {
  return (await statOf(place))?.isDirectory() === true;
}

/** An empty directory does not count: the rename of the copy replaces it. */
async function isTaken(target: string): Promise<boolean> {
  const stats = await statOf(target);
  return stats !== null && !(stats.isDirectory() && (await readdir(target)).length === 0);
}

/** Records where the packages come from, as the known tools write it (docs/neighbours/storage.md#tree). */
async function noteOrigin(directory: string, fromChroot: string): Promise<void> {
  const file = path.join(directory, BUILD_INFO);
  const info = (await orNull(readFile(file, 'utf8'))) ?? '';
  await writeFileAtomic(file, `${info}\nfrom_chroot=${fromChroot}`);
}
