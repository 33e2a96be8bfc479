import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGroupRunning, signalGroup, waitUntil } from '../../playground/loopback/processes.js';

const READY_MS = 120_000;
const GONE_MS = 10_000;

/** `worker build` as the leader of a process group, which is killed as a whole and started again. */
export class MortalWorker {
  readonly #program: string;
  readonly #configFile: string;
  readonly #logs: string;
  #child: ChildProcess | null = null;
  #lives = 0;

  /** `root`: the checkout of the worker; `logs`: a directory for the output of its processes. */
  constructor(given: { readonly root: string; readonly configFile: string; readonly logs: string }) {
    this.#program = join(given.root, 'bin', 'copr-backend.mjs');
    this.#configFile = given.configFile;
    this.#logs = given.logs;
  }

  /** Starts it and waits until it takes work. Throws if it does not. */
  async start(): Promise<void> {
    this.#lives += 1;
    const file = join(this.#logs, `worker-${this.#lives}.log`);
    const log = openSync(file, 'a');
    const args = ['worker', 'build', '--config', this.#configFile, '--allow-root', '--http-listen', 'off'];
    this.#child = spawn(process.execPath, [this.#program, ...args], { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const said = (): string => readFileSync(file, 'utf8');
    const isReady = await waitUntil(() => said().includes('worker ready'), READY_MS, 50);
    if (!isReady) throw new Error(`the worker does not begin:\n${said().slice(-1500)}`);
  }

  /** Sends SIGKILL to the whole group at once. */
  strike(): void {
    if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, 'SIGKILL');
  }

  /** Resolves when nothing of the group is left. Throws if something is. */
  async gone(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const { pid } = child;
    if (!(await waitUntil(() => !isGroupRunning(pid), GONE_MS))) throw new Error('what was killed lives on');
  }

  /** Ends it like a service manager, so that the clerk ends with it. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.gone();
  }
}
