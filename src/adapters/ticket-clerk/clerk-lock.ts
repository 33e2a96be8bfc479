import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/**
 * Takes the kernel's lock on a file for as long as this process lives; false when another process has it. Node has no
 * flock(2): util-linux's `flock` sets it on the file that we have open and hand it, and there it outlives that program.
 * Rejects when `flock` cannot be run, or the file not be opened.
 */
export async function lockForLife(file: string): Promise<boolean> {
  const fd = openSync(file, 'a', 0o600);
  try {
    const child = spawn('flock', ['--exclusive', '--nonblock', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status === 0) return true;
    if (status !== 1) throw new Error(`flock could not take ${file} (exit ${status ?? 'by a signal'})`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return false;
}
