import { fork, type ChildProcess } from 'node:child_process';
import type { FromLauncher, ToLauncher } from './launcher-messages.js';
import type { ProgramEnd, runProgram } from './program-run.js';

/** Starts programs for this process. */
export type Launcher = {
  readonly run: typeof runProgram;
  /** Ends the launcher, and the programs that still run. */
  readonly close: () => void;
};

type Answer = (end: ProgramEnd) => void;

/**
 * Starts a small process that starts programs for this one. A fork copies the page tables of the process that forks and
 * blocks it meanwhile: 7 to 22 ms of CPU time for a worker of 200 to 800 MiB, 1 ms for the launcher (decision 0074).
 * The programs are ended when this process ends, however it ends. If the launcher ends by itself, the programs of that
 * moment count as killed, and the next one is started by another launcher.
 */
export function startLauncher(): Launcher {
  let current: Channel | null = openChannel();
  return {
    run: (run, signal) => {
      if (!current?.isOpen()) current = openChannel();
      return current.run(run, signal);
    },
    close: () => {
      current?.close();
      current = null;
    },
  };
}

type Channel = Launcher & { readonly isOpen: () => boolean };

/** The module beside this one, as source or compiled. */
const MAIN = new URL(import.meta.url.replace(/launcher(\.[jt]s)$/, 'launcher-main$1'));

function openChannel(): Channel {
  const child = fork(MAIN, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answers = new Map<number, Answer>();
  let lastId = 0;
  keepProcess(child, false);
  child.on('message', ({ id, end }: FromLauncher) => answers.get(id)?.(end));
  const onGone = (): void => {
    for (const answer of answers.values()) answer(KILLED);
  };
  child.on('error', onGone).on('exit', onGone).on('disconnect', onGone);

  function send(message: ToLauncher): void {
    // A failure to send is told by `exit` or `disconnect`.
    if (child.connected) child.send(message, () => undefined);
  }

  return {
    isOpen: () => child.connected,
    close: () => {
      if (child.connected) child.disconnect();
    },
    run: async (run, signal) => {
      const id = (lastId += 1);
      const onAbort = (): void => send({ kind: 'cancel', id });
      try {
        return await new Promise<ProgramEnd>((resolve) => {
          answers.set(id, resolve);
          keepProcess(child, true);
          send({ kind: 'run', id, run });
          if (!child.connected) resolve(KILLED);
          signal?.addEventListener('abort', onAbort, { once: true });
          if (signal?.aborted === true) onAbort();
        });
      } finally {
        signal?.removeEventListener('abort', onAbort);
        answers.delete(id);
        if (answers.size === 0) keepProcess(child, false);
      }
    },
  };
}

const KILLED: ProgramEnd = {
  ...{ kind: 'ended', code: null, signal: 'SIGKILL', timedOut: false, canceled: false },
  ...{ stdout: '', stderr: 'the process that starts programs ended' },
};

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
