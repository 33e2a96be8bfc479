import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Deletion } from '../../contracts/action/action.js';
import { exists } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
import { PULP_PACKAGES } from '../file-tree/own-names.js';
import type { TreePaths } from '../file-tree/paths.js';
import { HELD_ELSEWHERE } from '../trash/elsewhere.js';
import { buildsOf } from './build-record.js';

/** How the names of the files begin that a publication at Pulp keeps in a chroot directory. */
const KEPT = '.pulp-';

/**
 * True if what lies in a directory or chroot says that Pulp has something of it. False proves nothing: another service
 * that published there has left no such files.
 */
export async function hasTraces(paths: TreePaths, { chroot, ...of }: Deletion): Promise<boolean> {
  const project = paths.project(of);
  const top = chroot === null ? project : paths.chroot({ ...of, chroot });
  if (await exists(path.join(top, HELD_ELSEWHERE))) return true;
  for (const name of chroot === null ? await chrootsIn(paths, of) : [chroot]) {
    const chrootDir = paths.chroot({ ...of, chroot: name });
    const files = (await orNull(readdir(chrootDir))) ?? [];
    if (files.some((file) => file.startsWith(KEPT))) return true;
    for (const build of await buildsOf(chrootDir))
      if (await exists(path.join(chrootDir, build, PULP_PACKAGES))) return true;
  }
  return false;
}
