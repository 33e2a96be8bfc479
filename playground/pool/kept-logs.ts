import { copyFileSync, existsSync, mkdirSync, openSync, readSync, closeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps a builder's own log under its task's name before the builder is wiped: `logs/<task>.log`, only of a task's last
 * run. A real pool does not do this; here people and tests can compare it with what the backend received.
 */
export function keepLastLog(lib: string, stateDirectory: string): void {
  const log = join(lib, 'main.log');
  if (!existsSync(log)) return;
  const head = Buffer.alloc(16 * 1024);
  const file = openSync(log, 'r');
  const size = readSync(file, head);
  closeSync(file);
  const task = /\/get-(?:srpm-)?build-task\/([A-Za-z0-9._-]+)/.exec(head.toString('utf8', 0, size))?.[1];
  if (task === undefined) return;
  const logs = join(stateDirectory, 'logs');
  mkdirSync(logs, { recursive: true });
  copyFileSync(log, join(logs, `${task}.log`));
}
