import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromReplayProcess, Replayed, ReplayOrder, ReplaySetup, ToReplayProcess } from './replay-messages.js';

const PROCESS = fileURLToPath(new URL('./replay-process.ts', import.meta.url));
/** Megabytes that an edited workflow may fill before its process ends. */
const MEMORY = 512;
/** The SDK's message for an activation that exceeded its time limit. */
const TOO_LONG = 'Script execution timed out';

/** The result of a replay. */
export type ReplayOutcome = {
  /** The histories that were replayed, in this order. */
  readonly replayed: readonly Replayed[];
  /** Ended by a time limit, or with its process; `none` if it finished. */
  readonly trouble: { readonly is: 'none' } | { readonly is: 'time-out' | 'crash'; readonly message: string };
};

/** Replays in a separate process, which is restarted after an edit that hung or ended it. One order at a time. */
export class Replayer {
  readonly #setup: ReplaySetup;
  readonly #patienceMs: number;
  #child: ChildProcess | undefined;
  #hasEnded = false;

  /** `patienceMs`: longest time until the next history is done. */
  constructor(setup: ReplaySetup, patienceMs: number) {
    this.#setup = setup;
    this.#patienceMs = patienceMs;
  }

  /** Throws once `end` was called. */
  async replay(order: ReplayOrder): Promise<ReplayOutcome> {
    if (this.#hasEnded) throw new Error('the replays were ended');
    const child = (this.#child ??= this.#start());
    const outcome = await this.#outcome(child, order);
    const { trouble } = outcome;
    const tooLong = outcome.replayed.find(({ error }) => error?.includes(TOO_LONG) === true)?.error ?? null;
    // A context whose code was stopped in the middle cannot be used for the next edit.
    if (trouble.is !== 'none' || tooLong !== null) this.#stop();
    if (trouble.is !== 'none' || tooLong === null) return outcome;
    return { ...outcome, trouble: { is: 'time-out', message: tooLong } };
  }

  /** Ends the process, whatever it is doing, and with it a replay under way. */
  end(): void {
    this.#hasEnded = true;
    this.#stop();
  }

  #stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(PROCESS, [], {
      execArgv: ['--import', 'tsx', `--max-old-space-size=${MEMORY}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    send(child, { type: 'setup', setup: this.#setup });
    return child;
  }

  #outcome(child: ChildProcess, order: ReplayOrder): Promise<ReplayOutcome> {
    return new Promise((resolve) => {
      const replayed: Replayed[] = [];
      const finish = (trouble: ReplayOutcome['trouble']): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', onExit);
        resolve({ replayed, trouble });
      };
      const timer = setTimeout(() => {
        finish({ is: 'time-out', message: `no history was done within ${this.#patienceMs} ms` });
      }, this.#patienceMs);
      const onExit = (...how: unknown[]): void => {
        finish({ is: 'crash', message: `the process that replayed it ended: ${how.join(' ')}` });
      };
      const onMessage = (message: FromReplayProcess): void => {
        timer.refresh();
        if (message.type === 'replayed') replayed.push(message.replayed);
        else if (message.type === 'done') finish({ is: 'none' });
        else finish({ is: 'crash', message: message.message });
      };
      child.on('message', onMessage).on('exit', onExit).on('error', onExit);
      send(child, { type: 'replay', order });
    });
  }
}

function send(child: ChildProcess, message: ToReplayProcess): void {
  child.send(message, () => undefined); // a process that has ended is noticed by its end
}
