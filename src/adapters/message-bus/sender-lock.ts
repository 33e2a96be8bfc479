import path from 'node:path';
import { acquireFileLock, type FileLock } from '../process/file-lock.js';
import { makeDirectories } from '../files/make-directories.js';

/**
 * The right to send from an outbox. Waits for as long as another has it; null when `stop` comes first. Rejects when
 * `flock` cannot be run.
 */
export async function acquireSenderLock(directory: string, stop: AbortSignal): Promise<FileLock | null> {
  await makeDirectories(directory, { mode: 0o700 });
  return acquireFileLock(path.join(directory, 'sender.lock'), stop);
}
