import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGroupRunning, signalGroup, waitUntil } from '../../playground/loopback/processes.js';
import type { StormLimits } from './size.js';

const READY_MS = 60_000;
/** A worker that was asked to stop lets go of its work; one that takes longer is killed. */
const DRAIN_MS = 12_000;
const AGAIN_MS = 300;

/** The lifetime of a worker process with the configuration it read. Times in ms since 1970. */
export type WorkerLife = { readonly limits: StormLimits; readonly from: number; to: number | null };

/** The settings that the processes of a fleet have in common. */
export type FleetPlace = {
  readonly root: string;
  /** Data directory: configurations are written into it, logs below `logs/processes`. */
  readonly data: string;
  /** A configuration with these limits. */
  readonly configuration: (limits: StormLimits) => string;
};

/** `worker all` several times on one machine, each with its own configuration, and each may be killed. */
export class WorkerFleet {
  readonly lives: WorkerLife[] = [];
  /** Workers that ended without being asked to. */
  readonly crashes: string[] = [];
  kills = 0;
  readonly #members: Member[];

  constructor(place: FleetPlace, count: number) {
    this.#members = Array.from({ length: count }, (_, index) => new Member(place, index, this));
  }

  get size(): number {
    return this.#members.length;
  }

  /** Starts all of them and waits until they take work. */
  async start(limits: StormLimits): Promise<void> {
    await Promise.all(this.#members.map((member) => member.change(null, limits)));
    await Promise.all(this.#members.map((member) => member.ready()));
  }

  /**
   * Ends a worker and immediately starts the next one in its place, with these limits or the same as before. Resolves
   * when it is started.
   */
  async kill(index: number, signal: 'SIGKILL' | 'SIGTERM', limits?: StormLimits): Promise<void> {
    await this.#member(index).change(signal, limits);
    this.kills += 1;
  }

  /** Resolves with false if the worker does not report within a minute that it takes work. */
  ready(index: number): Promise<boolean> {
    return this.#member(index).ready();
  }

  /** Ends all of them for good, with everything that they started. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.end()));
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new Error(`there is no worker ${index}`);
    return member;
  }
}

class Member {
  readonly #place: FleetPlace;
  readonly #name: string;
  readonly #configFile: string;
  readonly #index: number;
  readonly #fleet: WorkerFleet;
  readonly #groups: number[] = [];
  #child: ChildProcess | null = null;
  #life: WorkerLife | null = null;
  #limits: StormLimits | null = null;
  /** Of the current process. */
  #logFile = '';
  #isWanted = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(place: FleetPlace, index: number, fleet: WorkerFleet) {
    this.#place = place;
    this.#index = index;
    this.#fleet = fleet;
    this.#name = `worker-${index + 1}`;
    this.#configFile = join(place.data, `${this.#name}.conf`);
  }

  /** One change after the other: a change that comes while another is under way waits for it. */
  change(signal: 'SIGKILL' | 'SIGTERM' | null, limits: StormLimits | undefined): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await this.#stop(signal ?? 'SIGKILL');
      if (limits !== undefined) {
        this.#limits = limits;
        writeFileSync(this.#configFile, this.#place.configuration(limits), { mode: 0o600 });
      }
      this.#launch();
    });
    return this.#turn;
  }

  async ready(): Promise<boolean> {
    return waitUntil(() => this.#log().includes('worker ready'), READY_MS, 100);
  }

  async end(): Promise<void> {
    await this.#turn;
    await this.#stop('SIGKILL');
    // Programs of a killed worker end by themselves; at the end nobody waits for that.
    for (const group of this.#groups) signalGroup(group, 'SIGKILL');
    await waitUntil(() => !this.#groups.some(isGroupRunning), 5000);
  }

  #launch(): void {
    const life: WorkerLife = { limits: this.#wantedLimits(), from: Date.now(), to: null };
    this.#fleet.lives.push(life);
    this.#logFile = join(this.#place.data, 'logs/processes', `${this.#name}-${this.#fleet.lives.length}.log`);
    const log = openSync(this.#logFile, 'a');
    const main = join(this.#place.root, 'bin/copr-backend.mjs');
    const http = this.#index === 0 ? [] : ['--http-listen', 'off'];
    const child = spawn(
      process.execPath,
      [main, 'worker', 'all', '--config', this.#configFile, '--allow-root', ...http],
      { stdio: ['ignore', log, log], detached: true },
    );
    closeSync(log);
    this.#child = child;
    this.#life = life;
    this.#isWanted = true;
    if (child.pid !== undefined) this.#groups.push(child.pid);
    child.once('exit', (code, signal) => {
      life.to ??= Date.now();
      if (this.#child !== child || !this.#isWanted) return;
      this.#child = null;
      this.#fleet.crashes.push(`${this.#name}: ${signal ?? `exit ${code ?? 'unknown'}`}\n${this.#log().slice(-1500)}`);
      void sleep(AGAIN_MS).then(() => {
        if (this.#isWanted && this.#child === null) this.#launch();
      });
    });
  }

  async #stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
    await ended;
    clearTimeout(killer);
    if (this.#life !== null) this.#life.to = Date.now();
  }

  #wantedLimits(): StormLimits {
    if (this.#limits === null) throw new Error(`${this.#name} has no configuration`);
    return this.#limits;
  }

  /** The output of the current process. */
  #log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }
}
