import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from '../loopback/processes.js';

/** One server of the playground, or the worker. */
export type Service = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves when it answers; rejects if it does not in time. */
  readonly whenReady: (signal: AbortSignal) => Promise<void>;
};

export type Supervisor = {
  /** Starts a service and waits until it answers. */
  readonly start: (service: Service) => Promise<void>;
  /** Stops all services, last first; resolves with the names of those stopped. */
  readonly stop: () => Promise<readonly string[]>;
  /** Ends everything at once. */
  readonly kill: () => void;
  /** Rejects if a service keeps failing. */
  readonly broken: Promise<never>;
};

type Supervised = {
  readonly service: Service;
  child: ChildProcess | null;
  quickFailures: number;
};

const QUICK_MS = 10_000;
const MAX_QUICK_FAILURES = 5;
const STOP_MS = 20_000;

/**
 * Keeps services running. Each leads its own process group: Ctrl-C in the terminal reaches only the launcher, which
 * then stops them in order, and a group can be ended with everything that it started.
 */
export function createSupervisor(options: {
  readonly logDir: string;
  readonly say: (line: string) => void;
  /** Called after each change with name and pid of everything that runs. */
  readonly onChange: (running: Readonly<Record<string, number>>) => void;
  readonly restartDelayMs?: number;
}): Supervisor {
  const supervised: Supervised[] = [];
  let isStopping = false;
  let breakAll: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (breakAll = reject));
  broken.catch(() => undefined); // the launcher awaits it later

  function publish(): void {
    const running = supervised.flatMap(({ service, child }) =>
      child?.pid === undefined ? [] : [[service.name, child.pid] as const],
    );
    options.onChange(Object.fromEntries(running));
  }

  function launch(entry: Supervised): void {
    const { service } = entry;
    const log = openSync(join(options.logDir, `${service.name}.log`), 'a');
    const child = spawn(service.program, service.args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...service.env },
      detached: true,
    });
    closeSync(log);
    const began = Date.now();
    entry.child = child;
    let isOver = false;
    const over = (how: string): void => {
      if (isOver) return;
      isOver = true;
      entry.child = null;
      publish();
      if (!isStopping) void startAgain(entry, how, Date.now() - began);
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL'); // its leftovers
      over(signal ?? `exit ${code ?? 'unknown'}`);
    });
    publish();
  }

  async function startAgain(entry: Supervised, how: string, livedMs: number): Promise<void> {
    entry.quickFailures = livedMs < QUICK_MS ? entry.quickFailures + 1 : 1;
    if (entry.quickFailures >= MAX_QUICK_FAILURES) {
      breakAll(
        new Error(
          `${entry.service.name} ended ${MAX_QUICK_FAILURES} times in a row (${how}).\n${logTail(entry.service.name)}`,
        ),
      );
      return;
    }
    options.say(`${entry.service.name} ended (${how}); starting it again`);
    await sleep(options.restartDelayMs ?? 1000);

    if (!isStopping) launch(entry);
  }

  function logTail(name: string): string {
    const path = join(options.logDir, `${name}.log`);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15);
    return `The end of ${path}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  }

  async function start(service: Service): Promise<void> {
    const entry: Supervised = { service, child: null, quickFailures: 0 };
    supervised.push(entry);
    launch(entry);
    const patience = new AbortController();
    try {
      const ready = service.whenReady(patience.signal).catch((error: unknown) => {
        throw new Error(`${service.name} does not answer.\n${logTail(service.name)}`, { cause: error });
      });
      await Promise.race([ready, broken]);
    } finally {
      patience.abort();
    }
  }

  async function stopOne(entry: Supervised): Promise<void> {
    const { child } = entry;
    if (child?.pid === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const { pid } = child;
    const killer = setTimeout(() => {
      options.say(`${entry.service.name} does not stop; killing it`);
      signalGroup(pid, 'SIGKILL');
    }, STOP_MS);
    await ended;
    clearTimeout(killer);
  }

  return {
    broken,
    start,
    stop: async () => {
      isStopping = true;
      const stopped: string[] = [];
      for (const entry of supervised.toReversed()) {
        if (entry.child !== null) stopped.push(entry.service.name);
        await stopOne(entry);
      }
      return stopped;
    },
    kill: () => {
      isStopping = true;
      for (const { child } of supervised) if (child?.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    },
  };
}
