import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { closing } from '../files/atomic-file.js';
import { errnoOf } from '../files/storage-failure.js';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

export type Wanted = {
  readonly uid: number;
  readonly gid: number;
  readonly fileMode: number;
  readonly directoryMode: number;
};

/** One difference: `owner 0:0, not 986:986`. */
export type Difference = { readonly file: string; readonly what: string };

export type PermissionWalk = {
  readonly wanted: Wanted;
  readonly dryRun: boolean;
  readonly found: (difference: Difference) => void;
  readonly trouble: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Gives everything below a directory, and itself, the wanted owner and modes; leaves links alone, and the modes of hidden
 * entries, which the backend keeps from the web server. Every entry is reached through its opened parent: nobody who may
 * write in the tree can lead root out of it with a link. Rejects if the directory itself cannot be opened.
 */
export async function assurePermissions(directory: string, walk: PermissionWalk): Promise<void> {
  const handle = await open(directory, O_RDONLY | O_DIRECTORY);
  await closing(handle, () => visit(handle, directory, { ...walk, isHidden: false }));
}

async function visit(handle: FileHandle, file: string, walk: PermissionWalk & { isHidden: boolean }): Promise<void> {
  walk.signal.throwIfAborted();
  const stats = await handle.stat();
  await mend(handle, file, walk);
  if (!stats.isDirectory()) return;
  const self = `/proc/self/fd/${handle.fd}`;
  for (const entry of await readdir(self, { withFileTypes: true })) {
    if (!entry.isDirectory() && !entry.isFile()) continue;
    const below = `${file}/${entry.name}`;
    try {
      const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
      const child = await open(`${self}/${entry.name}`, flags);
      const isHidden = walk.isHidden || entry.name.startsWith('.');
      await closing(child, () => visit(child, below, { ...walk, isHidden }));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === null) throw error;
      // ELOOP: a link by now. ENOENT: gone by now.
      if (errno !== 'ELOOP' && errno !== 'ENOENT') walk.trouble(`${below} cannot be changed: ${errno}`);
    }
  }
}

async function mend(handle: FileHandle, file: string, walk: PermissionWalk & { isHidden: boolean }): Promise<void> {
  const { wanted, dryRun, found } = walk;
  const stats = await handle.stat();
  if (stats.uid !== wanted.uid || stats.gid !== wanted.gid) {
    found({ file, what: `owner ${stats.uid}:${stats.gid}, not ${wanted.uid}:${wanted.gid}` });
    if (!dryRun) await handle.chown(wanted.uid, wanted.gid);
  }
  const mode = stats.isDirectory() ? wanted.directoryMode : wanted.fileMode;
  if (walk.isHidden || (stats.mode & 0o7777) === mode) return;
  found({ file, what: `mode ${octal(stats.mode & 0o7777)}, not ${octal(mode)}` });
  if (!dryRun) await handle.chmod(mode);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
