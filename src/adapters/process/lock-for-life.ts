import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/**
 * Takes a kernel lock on a file for the lifetime of this process; false if another process holds it. Node has no
 * flock(2), so we pass our open file to util-linux's `flock`; the lock outlives that program. Rejects if `flock` cannot
 * be run or the file cannot be opened.
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
