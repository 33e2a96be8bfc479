import { constants } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { closing, temporaryName } from './atomic-file.js';

/** Free and all units of a resource of a file system; null: it does not count them. */
export type Share = { readonly free: number; readonly all: number } | null;

/** The space that a file system has left for an unprivileged user. */
export type Room = { readonly bytes: Share; readonly inodes: Share };

/** The room of the file system that holds `directory`. Rejects with the system's error. */
export async function roomOf(directory: string): Promise<Room> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(directory);
  return {
    bytes: blocks === 0 ? null : { free: bavail * bsize, all: blocks * bsize },
    // btrfs and some network file systems make inodes as they need them, and say 0.
    inodes: files === 0 ? null : { free: ffree, all: files },
  };
}

/** Writes, syncs and removes a hidden file in `directory`. Rejects with the system's error. */
export async function tryToWrite(directory: string): Promise<void> {
  const file = temporaryName(path.join(directory, 'doctor'));
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await closing(handle, async () => {
      await handle.writeFile(Buffer.alloc(4096, 1));
      await handle.sync();
    });
  } finally {
    await rm(file, { force: true });
  }
}
