import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, markProcess, signalGroup, waitUntil } from '../loopback/processes.js';
import { readJson, type DataDirectory } from './data-directory.js';

/**
 * Ends servers left behind by a launcher that was killed: they hold the ports. A recorded process is ours only while
 * its command line names our data directory; a reused pid is left alone.
 */
export async function endLeftovers(directory: DataDirectory): Promise<readonly string[]> {
  const recorded = (readJson(directory.runFile) ?? {}) as Record<string, number>;
  const names: string[] = [];
  for (const [name, pid] of Object.entries(recorded).reverse()) {
    if (await endProcess(pid, directory.root)) names.push(name);
  }
  return names;
}

/** Pids of the pool's builders; read before the pool ends, because it forgets them then. */
export function builderPids(directory: DataDirectory): readonly number[] {
  return findPids(readJson(join(directory.playground, 'pool', 'resources.json')));
}

/** Ends builders that a killed pool left running. */
export async function endBuilders(directory: DataDirectory, pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map((pid) => endProcess(pid, directory.root)));
}

async function endProcess(pid: number, dataDir: string): Promise<boolean> {
  const mark = markProcess(pid);
  if (mark === null || !commandLine(pid).includes(dataDir)) return false;
  process.kill(pid, 'SIGTERM');
  if (!(await waitUntil(() => !isRunning(mark), 10_000))) signalGroup(pid, 'SIGKILL');
  if (isRunning(mark)) process.kill(pid, 'SIGKILL');
  await waitUntil(() => !isRunning(mark), 5000);
  return true;
}

/** Every `pid` in the pool's records, at any depth. */
export function findPids(value: unknown): readonly number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'pid' && typeof inner === 'number' && inner > 1 ? [inner] : findPids(inner),
  );
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
