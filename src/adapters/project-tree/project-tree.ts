import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseChroot } from '../../domain/names/chroot.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import type { ProjectTree } from '../../ports/project/project-tree.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { deletedBy, rememberDeletion, renamedBy } from '../file-tree/deletions.js';
import { exists } from '../files/entries.js';
import { entriesOfProject } from '../file-tree/project-directories.js';
import { forgetRenamesTo } from '../file-tree/renames.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import { readRpmPackages } from '../result-tree/results-file.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { publishedComps } from './comps.js';
import { withModule } from './modules.js';
import { renameProject } from './rename-project.js';

/** The results tree as actions need it. */
export function createProjectTree(deps: { readonly destdir: string }): ProjectTree {
  const paths = createTreePaths(deps.destdir);

  /** Packages of the builds in a chroot, `name-epoch:version-release.arch`; missing builds have none. */
  async function packagesOf(chroot: string, builds: readonly number[]): Promise<readonly string[]> {
    const prefixes = new Set(builds.map((id) => String(id).padStart(8, '0')));
    const names = (await readdir(chroot)).filter((name) => prefixes.has(name.split('-', 1)[0] ?? ''));
    const packages: string[] = [];
    for (const name of names.sort()) {
      if (!(await exists(path.join(chroot, name, 'results.json')))) continue;
      const results = await readRpmPackages(path.join(chroot, name));
      for (const one of results.packages)
        packages.push(`${one.name}-${one.epoch ?? 0}:${one.version}-${one.release}.${one.arch}`);
    }
    return [...new Set(packages)].sort();
  }

  return {
    exists: async (names) => {
      if (!names.every(isSafeName)) return false;
      const target = path.join(paths.root, ...names);
      return paths.within(`${target} cannot be read`, async () => {
        try {
          return await exists(target);
        } catch (error) {
          if (errnoOf(error) === 'ENOTDIR') return false;
          throw error;
        }
      });
    },
    namesIn: async (directory) => {
      if (!directory.every(isSafeName)) return new Set();
      const target = path.join(paths.root, ...directory);
      return paths.within(`${target} cannot be read`, async () => {
        try {
          return new Set(await readdir(target));
        } catch (error) {
          if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return new Set();
          throw error;
        }
      });
    },
    rememberDeletion: (deletion, actionId) =>
      paths.within(`${paths.root}: a deletion cannot be noted`, async () => {
        await rememberDeletion(paths.root, deletion, actionId);
        if (deletion.chroot === null) await forgetRenamesTo(paths.root, deletion);
      }),
    deletedBy: (deletion) =>
      paths.within(`${paths.root}: a deletion cannot be read`, () => deletedBy(paths.root, deletion)),
    renamedBy: (deletion) =>
      paths.within(`${paths.root}: a deletion cannot be read`, () => renamedBy(paths.root, deletion)),
    rename: (wanted) => {
      const { source, destination } = wanted;
      const [from, to] = [source, destination].map(({ owner, project: dirname }) => paths.project({ owner, dirname }));
      return paths.within(`${from} cannot become ${to}`, () => renameProject(paths.root, wanted));
    },
    directories: (project) =>
      paths.within(`${project.owner}/${project.project} cannot be read`, () => entriesOfProject(paths.root, project)),
    recreate: (deletion) => {
      const directory =
        deletion.chroot === null ? paths.project(deletion) : paths.chroot({ ...deletion, chroot: deletion.chroot });
      return paths.within(`${directory} cannot be made`, () => makeDirectory(paths, directory, true));
    },
    installComps: (repository, comps) => {
      const directory = paths.chroot(repository);
      const file = path.join(directory, 'comps.xml');
      return paths.within(`${file} cannot be written`, async () => {
        await insideRoot(paths, file);
        const known = await orNull(readFile(file));
        if (comps === null) {
          await rm(file, { force: true });
          return known !== null;
        }
        const published = publishedComps(comps);
        if (known?.equals(published) === true) return false;
        await makeDirectory(paths, directory);
        await writeFileAtomic(file, published);
        return true;
      });
    },
    installModule: (repository, document, builds) => {
      const directory = paths.chroot(repository);
      const file = path.join(directory, 'modules.yaml');
      return paths.within(`${file} cannot be written`, async () => {
        await makeDirectory(paths, directory);
        await insideRoot(paths, file);
        const known = await orNull(readFile(file, 'utf8'));
        const packages = await packagesOf(directory, builds);
        const text = withModule(known, document, { arch: parseChroot(repository.chroot).arch, packages });
        if (text !== known) await writeFileAtomic(file, text);
      });
    },
  };
}
