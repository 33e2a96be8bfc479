import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalGroup, waitUntil } from '../../playground/loopback/processes.js';

const READY_MS = 120_000;
/** A worker that was told to stop ends within 90 s. */
const STOP_MS = 120_000;

/** The workers of one version, in one process. */
export type VersionProcess = {
  /** Asks it to stop. Resolves with false if it had to be killed. */
  readonly stop: () => Promise<boolean>;
  /** Ends it for good, with everything that it started. */
  readonly kill: () => Promise<void>;
};

/** Starts `worker all` of a version, and resolves when it takes work; throws with the end of its log if it does not. */
export async function startVersion(of: {
  /** Directory of the version. */
  readonly version: string;
  readonly configFile: string;
  readonly logFile: string;
}): Promise<VersionProcess> {
  const { version, configFile, logFile } = of;
  const log = openSync(logFile, 'a');
  const program = join(version, 'bin/copr-backend.mjs');
  const words = ['worker', 'all', '--config', configFile, '--allow-root', '--http-listen', 'off'];
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    const ended = isOver() ? Promise.resolve() : once(child, 'exit').then(() => undefined);
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    await ended;
  };
  const said = (): string => readFileSync(logFile, 'utf8');
  const isReady = await waitUntil(() => isOver() || said().includes('worker ready'), READY_MS, 100);
  if (!isReady || isOver()) {
    await kill();
    throw new Error(`the worker of ${version} did not start:\n${said().slice(-2000)}`);
  }
  const stop = async (): Promise<boolean> => {
    if (isOver()) return false;
    child.kill('SIGTERM');
    const isStopped = await waitUntil(isOver, STOP_MS, 100);
    if (!isStopped) await kill();
    return isStopped && child.exitCode === 0;
  };
  return { stop, kill };
}
