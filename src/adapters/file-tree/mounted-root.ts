import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { errnoOf, withStorage } from '../files/storage-failure.js';

/** Work on files below the root of a tree; `doing` names the work for the failure's message. */
export type Within = <T>(doing: string, work: () => Promise<T>) => Promise<T>;

/**
 * Runs file work only while the file system of the tree is mounted: an unmounted one looks like a tree with everything
 * deleted, and would be filled again. It counts as unmounted if `root` does not exist, or was a mount point at this
 * call and no longer is. Both are `StorageFailed`, and end when it is mounted again.
 */
export function createMountedRoot(root: string): Within {
  const parent = path.dirname(root);
  // Checked right now: after an unmount it would be too late to know.
  const first = tryStat(root);
  const wasMountPoint = isMountPoint(first, tryStat(parent));
  let mounted = first;

  // Each file work asks this. One stat suffices while the file system is the one seen last.
  async function requireMounted(): Promise<void> {
    const own = await statOrNull(root);
    if (own === null) throw notMounted(`${root} does not exist`);
    if (!wasMountPoint || own.dev === mounted?.dev) return;
    if (!isMountPoint(own, await statOrNull(parent)))
      throw notMounted(`${root} is an empty mount point, or another directory than at the start`);
    mounted = own;
  }

  return (doing, work) =>
    withStorage(doing, async () => {
      await requireMounted();
      try {
        return await work();
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') await requireMounted();
        throw error;
      }
    });

  function notMounted(why: string): PortFailure {
    return new PortFailure('StorageFailed', `the results tree is not mounted: ${why}`);
  }
}

type Device = { readonly dev: number };

function isMountPoint(own: Device | null, above: Device | null): boolean {
  return own !== null && above !== null && own.dev !== above.dev;
}

function tryStat(place: string): Device | null {
  return statSync(place, { throwIfNoEntry: false }) ?? null;
}

async function statOrNull(place: string): Promise<Device | null> {
  try {
    return await stat(place);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
