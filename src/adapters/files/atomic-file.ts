import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** A name no other writer uses, in the same directory (so that a rename is atomic) and hidden from scans. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Readers see the old content or the new one, never a part; it survives a power loss. */
export async function writeFileAtomic(file: string, content: string | Buffer): Promise<void> {
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    await closing(handle, async () => {
      await handle.writeFile(content);
      await handle.chmod(0o644);
      await handle.sync();
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

/** Makes renames and unlinks in a directory survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  await syncFile(directory);
}

/** Makes a file's content survive a power loss. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, O_RDONLY | O_NOFOLLOW);
  await closing(handle, () => handle.sync());
}

/** Runs `work` and closes the handle in any case. */
export async function closing<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await handle.close();
  }
}
