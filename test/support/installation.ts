import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPTIONS, type Option } from '../../src/config/schema.js';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORTS = 40;

/** A build according to the playground's frontend. */
export type BuildView = {
  readonly id: number;
  readonly state: string;
  readonly sourceState: string;
  readonly over: boolean;
  readonly chrootStates: Readonly<Record<string, string>>;
  readonly chroots: readonly { readonly name: string; readonly state: string; readonly resultDir: string | null }[];
  readonly tasks: Readonly<Record<string, { readonly terminalReports: number }>>;
};

/** A ticket in the pool's memory. */
export type PoolTicket = {
  readonly id: number;
  readonly tags: readonly string[];
  readonly sandbox: string | null;
  readonly state: string;
  readonly builder: string | null;
};

/** A start of copr-rpmbuild, as recorded by a builder. */
export type RemoteStart = { readonly at: string; readonly builder: string };

/** A separate `npm start`: its data directory, its processes, and its neighbours' view. */
export class Installation {
  readonly data: string;
  readonly #portBase: number;
  readonly #environment: Readonly<Record<string, string>>;
  #launcher: ChildProcess | undefined;
  #output = '';

  private constructor(data: string, portBase: number, environment: Readonly<Record<string, string>>) {
    this.data = data;
    this.#portBase = portBase;
    this.#environment = environment;
  }

  /** A data directory below the system's temporary one, readable for the builders' unprivileged user. */
  static async create(environment: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const data = await mkdtemp(join(tmpdir(), 'copr-test-'));
    await chmod(data, 0o755);
    return new Installation(data, await freePortBase(), environment);
  }

  /** Runs `npm start -- --once`; returns its exit status and output. */
  async once(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, [join(ROOT, 'scripts/start.mjs'), '--once', ...this.#args(), ...args], {
      cwd: ROOT,
      env: passedEnvironment(),
      timeoutMs: 600_000,
    });
  }

  /** Starts it and waits until it is up. */
  async start(...args: readonly string[]): Promise<void> {
    const launcher = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs'), ...this.#args(), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#launcher = launcher;
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    launcher.stdout.on('data', keep);
    launcher.stderr.on('data', keep);
    await this.until('the launcher is up', () => {
      assert.equal(launcher.exitCode, null, this.#output);
      return this.#output.includes('Ctrl-C stops everything');
    });
  }

  /** Ctrl-C; afterwards nothing of it remains but the directory. */
  async stop(): Promise<void> {
    if (this.#launcher !== undefined && this.#launcher.exitCode === null) {
      this.#launcher.kill('SIGINT');
      await once(this.#launcher, 'exit');
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }

  get output(): string {
    return this.#output;
  }

  get results(): string {
    return join(this.data, 'results');
  }

  url(of: 'frontendUrl' | 'resultsUrl' | 'uiUrl' | 'temporalAddress'): string {
    return (this.#json('playground.json') as Record<string, string>)[of] ?? '';
  }

  /** Current process id of a part, according to the launcher. */
  pid(name: string): number | undefined {
    return (this.#json('run.json') as Record<string, number>)[name];
  }

  /** Takes over the configuration from the launcher, with changed values, and restarts the worker with it. */
  async reconfigure(values: Readonly<Record<string, string>>): Promise<void> {
    const file = join(this.data, 'copr-be.conf');
    await writeFile(file, await this.configurationWith(values), { mode: 0o600 });
    await this.killAndAwaitRestart('worker', 'SIGTERM');
  }

  /** The configuration's text with changed values, without the launcher's mark. */
  async configurationWith(values: Readonly<Record<string, string>>): Promise<string> {
    const text = await readFile(join(this.data, 'copr-be.conf'), 'utf8');
    const lines = text.split('\n').filter((line) => !line.startsWith('# Written by'));
    return Object.entries(values).reduce((sofar, [key, value]) => {
      const line = new RegExp(`^${key}=.*$`, 'm');
      const written = `${key}=${value}`;
      if (line.test(sofar)) return sofar.replace(line, () => written);
      assert.ok(
        Object.values<Option>(OPTIONS).some((option) => option.key === key),
        key,
      );
      return sofar.replace('[backend]\n', () => `[backend]\n${written}\n`);
    }, lines.join('\n'));
  }

  /** Ends a part with a signal and waits until the launcher has started it again. */
  async killAndAwaitRestart(name: string, signal: NodeJS.Signals): Promise<void> {
    const before = this.pid(name);
    assert.ok(before !== undefined);
    process.kill(before, signal);
    await this.until(`${name} runs again`, () => {
      const now = this.pid(name);
      return now !== undefined && now !== before;
    });
  }

  tickets(): readonly PoolTicket[] {
    return (this.#json('playground/pool/pool.json') as { tickets: never[] }).tickets;
  }

  builders(): readonly { readonly name: string; readonly pid: number; readonly ticket: number | null }[] {
    const resources = this.#json('playground/pool/resources.json');
    return (Array.isArray(resources) ? resources : Object.values(resources as object)) as never[];
  }

  /** How often copr-rpmbuild was started for a task, on all builders together. */
  starts(taskId: string): number {
    return this.remoteStarts(taskId).length;
  }

  remoteStarts(taskId: string): readonly RemoteStart[] {
    const journal = join(this.data, 'playground/pool/journal.jsonl');
    if (!existsSync(journal)) return []; // no builder has received a task yet
    return readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RemoteStart & { event: string; taskUrl: string | null })
      .filter(({ event, taskUrl }) => event === 'start' && taskUrl?.endsWith(`/${taskId}`) === true);
  }

  async build(id: number): Promise<BuildView> {
    const answer = await fetch(`${this.url('frontendUrl')}/api/builds/${id}`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as BuildView;
  }

  /** The command line for people, with this installation's configuration. */
  async cli(...args: readonly string[]): Promise<CommandResult> {
    return this.program('copr-backend', ...args);
  }

  /** One of the commands of bin/, with this installation's configuration. */
  async program(name: string, ...args: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, [join(ROOT, `bin/${name}.mjs`), ...args], {
      cwd: ROOT,
      env: { ...passedEnvironment(), BACKEND_CONFIG: join(this.data, 'copr-be.conf') },
      timeoutMs: 300_000,
      maxBytes: 64 * 1024 * 1024,
    });
  }

  /** Submits a spec with the command line; returns the build's id. */
  async submit(spec: string, project: string, ...options: readonly string[]): Promise<number> {
    const { code, stdout, stderr } = await this.cli(
      ...['playground', 'submit', spec, '--project', project, '--data', this.data, ...options],
    );
    assert.equal(code, 0, stderr);
    const id = /build (\d+)/.exec(stdout)?.[1];
    assert.ok(id !== undefined, stdout);
    return Number(id);
  }

  /** The `status --json` of a task. */
  async status(taskId: string): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.cli('status', taskId, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async until(what: string, fact: () => boolean | Promise<boolean>, seconds = 120): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await fact())) {
      if (Date.now() > end) throw new Error(`waited in vain: ${what}\n${this.#output}\n${this.#workerLog()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #workerLog(): string {
    const file = join(this.data, 'logs/processes/worker.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-4000) : '';
  }

  #args(): readonly string[] {
    return ['--data', this.data, '--port-base', String(this.#portBase), '--no-install'];
  }

  #json(file: string): unknown {
    return JSON.parse(readFileSync(join(this.data, file), 'utf8'));
  }
}

/** A package that builds until it is released, printing numbered lines meanwhile. */
export async function slowPackage(): Promise<{
  readonly spec: string;
  readonly letGo: () => Promise<void>;
  readonly remove: () => Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'copr-slow-'));
  await chmod(directory, 0o755);
  const flag = join(directory, 'go');
  const template = await readFile(new URL('../fixtures/slow-package.spec', import.meta.url), 'utf8');
  const spec = join(directory, 'slow-package.spec');
  await writeFile(spec, template.replaceAll('@FLAG@', flag));
  return {
    spec,
    letGo: () => writeFile(flag, ''),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The part of our environment that a child needs: where the Temporal CLI is, and the PATH. */
function passedEnvironment(): Record<string, string> {
  const cli = process.env['TEMPORAL_CLI'];
  const cache = process.env['XDG_CACHE_HOME'];
  return {
    ...(cache === undefined ? {} : { XDG_CACHE_HOME: cache }),
    ...(cli === undefined ? {} : { TEMPORAL_CLI: cli }),
  };
}

/** A base whose whole range is free, below the ports that the system assigns to outgoing connections. */
async function freePortBase(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const base = 20_000 + Math.floor(Math.random() * 300) * PORTS;
    const free = await Promise.all(Array.from({ length: PORTS }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no range of free ports on loopback');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
