import path from 'node:path';
import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import { exists } from '../adapters/files/entries.js';
import { chrootsIn } from '../adapters/file-tree/chroots-and-builds.js';
import { createTreePaths } from '../adapters/file-tree/paths.js';
import { repodataOf } from '../adapters/file-tree/repodata.js';
import { hasTraces } from '../adapters/pulp-store/traces.js';
import type { Deletion } from '../contracts/action/action.js';
import type { StoreKind } from '../contracts/store-kind.js';
import { projectOfDirname } from '../domain/build/build-directory.js';
import { PortFailure } from '../ports/port-failure.js';
import { readConfig, type Settings } from './settings.js';
import { StarterFailure } from './starter-failure.js';

const TIMEOUT_MS = 5000;

/**
 * Where the packages of a directory, or of a chroot of it (null: any), are published: as the frontend says of its
 * project, which is where builds and actions have it from, too. If it does not answer, or knows no such project, what
 * lies in the results tree decides. Throws StarterFailure `noAnswer` if that says nothing either.
 */
export async function storeOfProject(
  { configFile, destdir }: Pick<Settings, 'configFile' | 'destdir'>,
  of: Deletion,
): Promise<StoreKind> {
  const { frontendBaseUrl: baseUrl, frontendAuth: password } = readConfig(configFile);
  const frontend = createFrontendHttp({ baseUrl, password, timeoutMs: TIMEOUT_MS });
  let why: string | null = null;
  try {
    const project = await frontend.project(of.owner, projectOfDirname(of.dirname));
    if (project !== null) return project.store;
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    why = error.message;
  }
  const onDisk = await storeOnDisk(destdir, of);
  if (onDisk !== null || why === null) return onDisk ?? 'tree';
  const where = [of.owner, of.dirname, ...(of.chroot === null ? [] : [of.chroot])].join('/');
  throw new StarterFailure(
    'noAnswer',
    `${where}: whether its packages are in the results tree or at Pulp is not known, because the frontend does not ` +
      `answer (${why}); try again, or say it: --store tree, --store pulp`,
  );
}

/** Null: neither our own files nor metadata tell, or both do. */
async function storeOnDisk(destdir: string, of: Deletion): Promise<StoreKind | null> {
  const paths = createTreePaths(destdir);
  return paths.within(`${paths.project(of)} cannot be read`, async () => {
    const isAtPulp = await hasTraces(paths, of);
    const isInTree = await hasMetadata(of);
    if (isAtPulp === isInTree) return null;
    return isAtPulp ? 'pulp' : 'tree';
  });

  async function hasMetadata({ chroot, ...directory }: Deletion): Promise<boolean> {
    for (const name of chroot === null ? await chrootsIn(paths, directory) : [chroot])
      for (const devel of [false, true])
        if (await exists(path.join(repodataOf(paths, { ...directory, chroot: name }, devel), 'repomd.xml')))
          return true;
    return false;
  }
}
