import path from 'node:path';
import { acquireFileLock, type FileLock } from '../process/file-lock.js';
import { makeDirectories } from '../files/make-directories.js';

/**
 * Acquires the lock to send from an outbox. Waits as long as another process holds it; null if `stop` comes first.
 * Rejects if `flock` cannot be run.
 */
export async function acquireSenderLock(directory: string, stop: AbortSignal): Promise<FileLock | null> {
  await makeDirectories(directory, { mode: 0o700 });
  return acquireFileLock(path.join(directory, 'sender.lock'), stop);
}
