import { fork, type ChildProcess } from 'node:child_process';
import type { FromLauncher, ToLauncher } from './launcher-messages.js';
import type { ProgramEnd, runProgram } from './program-run.js';

/** Starts programs for this process. */
export type Launcher = {
  readonly run: typeof runProgram;
  /** Ends the launcher, and the programs that still run. */
  readonly close: () => void;
};

/**
 * A small process that starts programs for this one; it is started with the first of them. A fork copies the page
 * tables of the process that forks and blocks it meanwhile: 7 to 22 ms of CPU time for a worker of 200 to 800 MiB, 1 ms
 * for the launcher (decision 0074). The programs are ended when this process ends, however it ends. If the launcher
 * ends by itself, the programs of that moment are killed, and the next one is started by another launcher.
 *
 * @param onGone called with how a launcher has ended by itself
 */
export function createLauncher(onGone: (how: string) => void = () => undefined): Launcher {
  let current: Channel | null = null;
  return {
    run: (run, signal) => {
      if (!current?.isOpen()) current = openChannel(onGone);
      return current.run(run, signal);
    },
    close: () => {
      current?.close();
      current = null;
    },
  };
}

type Channel = Launcher & { readonly isOpen: () => boolean };
/** A run without an answer; `pid`: of its program. */
type Open = { readonly answer: (end: ProgramEnd) => void; pid: number | null };

/** The module beside this one, as source or compiled. */
const MAIN = new URL(import.meta.url.replace(/launcher(\.[jt]s)$/, 'launcher-main$1'));

function openChannel(onGone: (how: string) => void): Channel {
  const child = fork(MAIN, {
    // A debugger of the worker has its port already. The launcher's objects live briefly: it needs no large heap for
    // young ones.
    execArgv: [...process.execArgv.filter(isNotForDebugger), '--max-semi-space-size=1'],
    env: {
      ...process.env,
      NODE_OPTIONS: (process.env['NODE_OPTIONS'] ?? '').split(' ').filter(isNotForDebugger).join(' '),
    },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const open = new Map<number, Open>();
  let lastId = 0;
  let isClosed = false;
  keepProcess(child, false);
  child.on('message', (message: FromLauncher) => {
    const run = open.get(message.id);
    if (run === undefined) return;
    if (message.kind === 'ended') run.answer(message.end);
    else run.pid = message.pid;
  });
  child.on('error', (error) => gone(error.message)).on('exit', (code, signal) => gone(signal ?? `exit status ${code}`));

  function gone(how: string): void {
    if (!isClosed) onGone(how);
    for (const { answer, pid } of open.values()) {
      // Nothing of an attempt that counts as failed may write where the next attempt works.
      if (pid !== null && !isClosed) kill(pid);
      answer(killed(how));
    }
  }

  function send(message: ToLauncher): void {
    // A failure to send is told by `exit`.
    if (child.connected) child.send(message, () => undefined);
  }

  return {
    isOpen: () => child.connected,
    close: () => {
      isClosed = true;
      if (child.connected) child.disconnect();
    },
    run: async (run, signal) => {
      const id = (lastId += 1);
      const onAbort = (): void => send({ kind: 'cancel', id });
      try {
        return await new Promise<ProgramEnd>((answer) => {
          open.set(id, { answer, pid: null });
          keepProcess(child, true);
          send({ kind: 'run', id, run });
          if (!child.connected) answer(killed('closed'));
          signal?.addEventListener('abort', onAbort, { once: true });
          if (signal?.aborted === true) onAbort();
        });
      } finally {
        signal?.removeEventListener('abort', onAbort);
        open.delete(id);
        if (open.size === 0) keepProcess(child, false);
      }
    },
  };
}

function isNotForDebugger(option: string): boolean {
  return !option.startsWith('--inspect');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function killed(how: string): ProgramEnd {
  return {
    ...{ kind: 'ended', code: null, signal: 'SIGKILL', timedOut: false, canceled: false },
    ...{ stdout: '', stderr: `the process that starts programs ended (${how})` },
  };
}

/** Whether an open channel keeps this process from ending. */
function keepProcess(child: ChildProcess, isKept: boolean): void {
  if (isKept) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
