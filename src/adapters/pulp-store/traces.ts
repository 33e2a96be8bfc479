import path from 'node:path';
import type { Deletion } from '../../contracts/action/action.js';
import { exists } from '../files/entries.js';
import { isAtPulp } from '../file-tree/at-pulp.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
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
    if (await isAtPulp(chrootDir, await buildsOf(chrootDir), KEPT)) return true;
  }
  return false;
}
