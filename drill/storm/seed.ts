import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedProject } from '../../bench/installation/seeded-project.js';
import { PROJECT } from '../../bench/installation/warm-up.js';
import { buildPlanDirectory } from '../../bench/stand-ins/scripted-build.js';
import { importedBuild, NO_COMMIT } from '../../bench/installation/seeded-build.js';
import { ensureProject, machineChroot } from '../../playground/frontend/projects.js';
import { openStore } from '../../playground/frontend/store.js';
import type { DataDirectory } from '../../playground/start/data-directory.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import { failsToBuild, repositoryOf } from './script.js';
import type { StormSize } from './size.js';
import type { StormBuild } from './storm-build.js';

/** Builds that succeeded long ago, for the maintenance that runs during the storm. */
const ARCHIVED = 6;
/** Directories of builds without results, for the pruner. */
const EMPTY = 8;

/** The project on which maintenance works; the storm builds nothing there. */
export const ARCHIVE: RepositoryId = { owner: PROJECT.owner, dirname: PROJECT.project, chroot: machineChroot() };

export type Seeded = {
  /** Of the storm, in the order of `repositoryOf`. */
  readonly repositories: readonly RepositoryId[];
  /** Builds that wait when the storm begins. */
  readonly builds: readonly { readonly id: number; readonly repository: RepositoryId }[];
  /** Names of directories in the archive that the pruner may remove. */
  readonly empty: readonly string[];
};

/**
 * Number of prepared packages needed: builds seeded in the archive take the first numbers, and there must be enough for
 * all.
 */
export function packagesNeeded(size: Pick<StormSize, 'builds'>): number {
  return ARCHIVED + size.builds + 1;
}

/**
 * Writes the frontend's state before it runs: an archive, the storm's projects (each asks for its key and repository,
 * like new ones), and the first builds, whose sources were imported.
 */
export function seedStorm(
  directory: DataDirectory,
  size: Pick<StormSize, 'repositories' | 'owners' | 'hot' | 'seeded'>,
): Seeded {
  seedProject(directory, ARCHIVED);
  const store = openStore(join(directory.playground, 'frontend'));
  const chroot = ARCHIVE.chroot;
  const repositories = Array.from({ length: size.repositories }, (_, index) => ({
    owner: `owner-${(index % size.owners) + 1}`,
    dirname: `project-${index + 1}`,
    chroot,
  }));
  for (const { owner, dirname } of repositories) ensureProject(store, { owner, name: dirname, chroots: [chroot] });
  const builds = Array.from({ length: size.seeded }, (_, n) => {
    const repository = repositories[repositoryOf(n, size)];
    if (repository === undefined) throw new Error(`there is no repository for build ${n}`);
    const { owner, dirname } = repository;
    const { id } = store.addBuild(importedBuild({ owner, project: dirname, chroot, gitHash: NO_COMMIT }));
    return { id, repository };
  });
  return { repositories, builds, empty: layDownEmpty(directory) };
}

/** The builds that wait when the storm begins, by their numbers. */
export function seededBuilds({ builds }: Seeded): Map<number, StormBuild> {
  return new Map(
    builds.map(({ id, repository }) => [
      id,
      { id, repository, script: failsToBuild(id) ? 'fails' : 'succeeds', hasSources: false, canceledIn: null },
    ]),
  );
}

/** A scripted build that finds no results to deliver fails, like a package that does not compile. */
export function takeFailingAway(directory: DataDirectory, size: Pick<StormSize, 'builds'>): void {
  const { packages } = buildPlanDirectory(join(directory.root, 'bench'));
  for (let id = 0; id < packagesNeeded(size); id += 1)
    if (failsToBuild(id)) rmSync(join(packages, String(id)), { recursive: true, force: true });
}

function layDownEmpty(directory: DataDirectory): readonly string[] {
  const names = Array.from({ length: EMPTY }, (_, index) => `${String(90_000_001 + index)}-gone`);
  for (const name of names) {
    const path = join(directory.results, ARCHIVE.owner, ARCHIVE.dirname, ARCHIVE.chroot, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'build.info'), `build_id=${Number.parseInt(name, 10)}\nbuilder_ip=127.0.0.1`);
  }
  return names;
}
