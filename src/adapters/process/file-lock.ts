import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { notStarted } from './program-not-started.js';

export type FileLock = {
  /** Aborted when the lock is lost; whatever it protects must stop. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
};

/**
 * A lock on a file, made if it is missing, in a directory that exists. The kernel gives it to one process at a time and
 * takes it back when that process is gone, however it went, so nothing stale can be left behind. Node has no flock(2);
 * util-linux's `flock` holds it, with `cat` in its place, which echoes once when the lock is had and ends with our end
 * of the pipe. Waits for as long as another has it; null when `stop` comes first. Rejects with
 * `ProgramNotStarted` when `flock` cannot be run.
 */
export async function acquireFileLock(file: string, stop: AbortSignal): Promise<FileLock | null> {
  // A group of its own: Ctrl-C in a terminal must not take the lock away from somebody who finishes their work.
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
  gone.catch(() => undefined); // a program that could not be started is heard of below
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
