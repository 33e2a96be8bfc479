import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { notStarted } from './program-not-started.js';

export type FileLock = {
  /** Aborted when the lock is lost; the protected work must stop. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
};

/** Runs `work` under a lock that was acquired, and releases it then; null if there is none. */
export async function underLock<T>(lock: FileLock | null, work: (lost: AbortSignal) => Promise<T>): Promise<T | null> {
  if (lock === null) return null;
  try {
    return await work(lock.lost);
  } finally {
    await lock.release();
  }
}

/**
 * Acquires a lock on a file, created if it is missing, in a directory that exists. The kernel gives it to one process
 * at a time and releases it when that process is gone, however it ended, so no stale lock can remain. Node has no
 * flock(2), so util-linux's `flock` holds it by running `cat`, which echoes once when the lock is acquired and ends
 * with our end of the pipe. Waits as long as another process holds it; null if `stop` comes first. Rejects with
 * `ProgramNotStarted` if `flock` cannot be run.
 */
export async function acquireFileLock(file: string, stop: AbortSignal): Promise<FileLock | null> {
  // A separate process group: Ctrl-C in a terminal must not release the lock while a process finishes its work.
  const holder = spawn('flock', ['--exclusive', '--no-fork', file, 'cat'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  const lost = new AbortController();
  const gone = once(holder, 'exit')
    .catch(async (error: unknown) => {
      const errno = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw await notStarted('flock', errno);
    })
    .finally(() => lost.abort());
  gone.catch(() => undefined); // handled below if the program could not be started
  holder.stdin.on('error', () => undefined); // it ended; `exit` tells
  const release = async (): Promise<void> => {
    holder.kill();
    await gone;
  };
  const onStop = (): void => void holder.kill();
  stop.addEventListener('abort', onStop, { once: true });
  try {
    if (stop.aborted) onStop();
    holder.stdin.write('held\n');
    const held = await Promise.race([once(holder.stdout, 'data').then(() => true), gone.then(() => false)]);
    if (held && !stop.aborted) return { lost: lost.signal, release };
    await release();
    if (stop.aborted) return null;
    throw new Error(`flock could not take ${file}`);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
