import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { openSync, closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

export type DevServerPlace = {
  readonly port: number;
  readonly uiPort: number;
  /** SQLite file; runs survive a restart of the server. */
  readonly databaseFile: string;
  /** Server settings beside ours, or instead of them, by their names. */
  readonly dynamicConfig?: Readonly<Record<string, number>>;
};

/**
 * Server settings we rely on, each with a reason:
 * - a dispatcher has as many running children as there are builds, above the default of 2,000;
 * - one namespace's long polls and calls come from one machine here: no per-namespace brake below what it can do;
 * - a workflow whose tasks fail is marked after five failures in a row: `status` and the poller's alarm ask for the mark.
 */
const DYNAMIC_CONFIG: Readonly<Record<string, number>> = {
  'limit.numPendingChildExecutions.error': 20_000,
  'frontend.namespaceCount': 10_000,
  'frontend.namespaceRPS': 20_000,
  'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 5,
};

/** Name and type of every search attribute, from temporal/search-attributes.json. */
export async function readSearchAttributes(root: string): Promise<readonly string[]> {
  const text = await readFile(`${root}/temporal/search-attributes.json`, 'utf8');
  return Object.entries(JSON.parse(text) as Record<string, string>).map(([name, type]) => `${name}=${type}`);
}

/** Arguments of `temporal` for a development server on loopback with a file database (measurements: pragmas). */
export function devServerArguments(place: DevServerPlace, searchAttributes: readonly string[]): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(place.port), '--ui-port', String(place.uiPort)],
    ...['--db-filename', place.databaseFile, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
    ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...Object.entries({ ...DYNAMIC_CONFIG, ...place.dynamicConfig }).flatMap(([name, value]) => [
      ...['--dynamic-config-value', `${name}=${value}`],
    ]),
    ...['--ui-disable-news-fetch', '--log-level', 'error'],
  ];
}

/** Resolves once the server answers for `namespace`; rejects after `timeoutMs`. */
export async function waitForServer(input: {
  readonly address: string;
  readonly namespace?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const deadline = Date.now() + input.timeoutMs;
  for (;;) {
    try {
      await askServer(input.address, input.namespace ?? 'default');
      return;
    } catch (error) {
      input.signal?.throwIfAborted();
      if (Date.now() > deadline) {
        throw new Error(`Temporal at ${input.address} did not answer within ${input.timeoutMs / 1000} s`, {
          cause: error,
        });
      }
      await sleep(100);
    }
  }
}

async function askServer(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } finally {
    await connection.close();
  }
}

export type RunningDevServer = { readonly pid: number; readonly stop: () => Promise<void> };

/** Starts a development server of one's own and waits until it answers; for tests and tools. */
export async function startDevServer(
  input: DevServerPlace & { readonly binary: string; readonly root: string; readonly logFile: string },
): Promise<RunningDevServer> {
  const log = openSync(input.logFile, 'a');
  const server = spawn(input.binary, devServerArguments(input, await readSearchAttributes(input.root)), {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });
  async function stop(): Promise<void> {
    server.kill('SIGTERM');
    const killer = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(killer);
  }
  const early = new AbortController();
  void ended.then(() => early.abort(new Error(`the Temporal server ended at once; see ${input.logFile}`)));
  try {
    await waitForServer({ address: `127.0.0.1:${input.port}`, timeoutMs: 60_000, signal: early.signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: server.pid ?? 0, stop };
}
