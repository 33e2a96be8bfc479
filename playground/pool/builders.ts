import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keepLastLog } from './kept-logs.js';
import { builderDirectory, cleanUpBuilder, reachableDirectory } from '../builder/builder-directory.js';
import type { Log } from '../loopback/log-line.js';
import { machineArch } from '../loopback/machine-arch.js';
import { greets, isProcessAlive, readAnnouncement, removeBuilder, spawnBuilder } from './builder-process.js';
import type { PooledBuilder, PoolMemory } from './pool-state.js';
import { chooseBuilder, type Tickets } from './tickets.js';

const LIVECHECK_MS = 1000;
const LIVECHECK_ATTEMPTS = 2;
const START_LIMIT_MS = 60_000;
const GREETING_LIMIT_MS = 3000;

/** The tags that every builder of this pool offers (docs/neighbours/resalloc.md#tags-and-sandbox). */
export const OFFERED_TAGS: readonly string[] = ['copr_builder', 'arch_noarch', `arch_${machineArch()}`];

export type BuildersOptions = {
  readonly memory: PoolMemory;
  readonly tickets: Tickets;
  readonly directory: string;
  readonly count: number;
  /** First of the builders' ports; 0: any free ones. */
  readonly portBase: number;
  readonly authorizedKeys: string;
  readonly journal: string | undefined;
  /** Started as `node PROGRAM builder OPTIONS`; undefined: the playground's own. */
  readonly program: string | undefined;
  readonly log: Log;
};

/** Keeps a number of builders running and assigns them to tickets. */
export type Builders = {
  /** Assigns free builders to waiting tickets, oldest first. */
  readonly assign: () => void;
  /** Called when a ticket is closed: its builder is wiped and offered again. */
  readonly release: (ticketId: number) => void;
  /** Stops watching; stops the builders too, unless the next pool on this state is to take them over. */
  readonly stop: (keepBuilders: boolean) => Promise<void>;
};

/** Adopts the builders of the state that are still alive and starts the missing ones. */
export function createBuilders(options: BuildersOptions): Builders {
  const { memory, tickets, log } = options;
  const { state } = memory;
  const root = reachableDirectory(join(options.directory, 'builders'));
  let stopped = false;
  const cleanings = new Set<Promise<void>>();

  const assign = (): void => {
    let changed = false;
    for (const ticket of state.tickets) {
      if (ticket.state !== 'open' || ticket.output !== null) continue;
      if (!ticket.tags.every((tag) => OFFERED_TAGS.includes(tag))) {
        log(`ticket ${ticket.id} fails: no pool offers all of ${ticket.tags.join(', ')}`);
        ticket.state = 'failed';
        changed = true;
        continue;
      }
      const builder = chooseBuilder(ticket, state.builders);
      if (builder === null) continue;
      builder.ticket = ticket.id;
      builder.sandbox ??= ticket.sandbox ?? randomUUID();
      ticket.builder = builder.name;
      ticket.output = `---\nhost: 127.0.0.1\nname: ${builder.name}\nssh_port: ${builder.port ?? 0}\n`;
      changed = true;
    }
    if (changed) memory.save();
  };

  const startMissing = (): void => {
    while (state.builders.length < options.count) {
      const builder = newBuilder(memory, root);
      memory.save();
      spawnBuilder(builder, { ...options, port: freePort(options.portBase, state.builders) });
      memory.save();
      log(`starting ${builder.name}`);
    }
  };

  const wipe = async (builder: PooledBuilder): Promise<void> => {
    const directory = builderDirectory(builder.directory);
    keepLastLog(directory.lib, options.directory);
    await cleanUpBuilder(directory);
    builder.state = 'up';
    builder.sandbox = null;
    memory.save();
    assign();
  };

  const startWiping = (builder: PooledBuilder): void => {
    const cleaning = wipe(builder)
      .catch((error: unknown) => {
        log(`${builder.name} cannot be cleaned, replacing it: ${String(error)}`);
        builder.misses = LIVECHECK_ATTEMPTS;
      })
      .finally(() => cleanings.delete(cleaning));
    cleanings.add(cleaning);
  };

  const look = async (builder: PooledBuilder): Promise<void> => {
    if (builder.state === 'starting') {
      const announced = readAnnouncement(builder);
      if (announced !== null && (builder.pid === null || announced.pid === builder.pid)) {
        Object.assign(builder, { ...announced, state: 'up' });
        log(`${builder.name} is up on port ${announced.port}`);
        memory.save();
        assign();
        return;
      }
      if (isProcessAlive(builder) && Date.now() - builder.startedAt < START_LIMIT_MS) return;
      builder.misses = LIVECHECK_ATTEMPTS;
      return;
    }
    const isAlive = isProcessAlive(builder) && (await greets(builder.port ?? 0, GREETING_LIMIT_MS));
    builder.misses = isAlive ? 0 : builder.misses + 1;
  };

  const replaceDead = async (): Promise<void> => {
    for (const builder of state.builders.filter((candidate) => candidate.misses >= LIVECHECK_ATTEMPTS)) {
      log(`${builder.name} is dead; replacing it`);
      if (builder.ticket !== null) tickets.fail(builder.ticket);
      keepLastLog(builderDirectory(builder.directory).lib, options.directory);
      await removeBuilder(builder);
      state.builders.splice(state.builders.indexOf(builder), 1);
      memory.save();
    }
    if (!stopped) startMissing();
  };

  const watch = async (): Promise<void> => {
    let lastCheck = 0;
    while (!stopped) {
      const isDue = Date.now() - lastCheck >= LIVECHECK_MS;
      if (isDue) lastCheck = Date.now();
      await Promise.all(state.builders.filter((builder) => isDue || builder.state === 'starting').map(look));
      await replaceDead();
      assign();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  removeStrangers(root, state.builders);
  // A kill may have come between the closing of a ticket and the release of its builder.
  for (const builder of state.builders) {
    const held = state.tickets.find((ticket) => ticket.id === builder.ticket);
    if (held?.state === 'closed') Object.assign(builder, { ticket: null, state: 'releasing' });
    if (builder.state === 'releasing') startWiping(builder);
  }
  const watching = watch().catch((error: unknown) => log(`the watch over builders ended: ${String(error)}`));

  return {
    assign,
    release: (ticketId) => {
      const builder = state.builders.find((candidate) => candidate.ticket === ticketId);
      if (builder === undefined) return;
      builder.ticket = null;
      builder.state = 'releasing';
      memory.save();
      startWiping(builder);
    },
    stop: async (keepBuilders) => {
      stopped = true;
      await watching;
      await Promise.allSettled(cleanings);
      if (keepBuilders) return;
      for (const builder of state.builders.splice(0)) {
        if (builder.ticket !== null) tickets.fail(builder.ticket);
        await removeBuilder(builder);
      }
      memory.save();
    },
  };
}

function newBuilder(memory: PoolMemory, root: string): PooledBuilder {
  memory.state.lastBuilder += 1;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  const name = `playground_${String(memory.state.lastBuilder).padStart(8, '0')}_${stamp}`;
  const builder: PooledBuilder = {
    name,
    directory: join(root, name),
    pid: null,
    startTicks: '',
    port: null,
    state: 'starting',
    sandbox: null,
    ticket: null,
    misses: 0,
    startedAt: Date.now(),
  };
  memory.state.builders.push(builder);
  return builder;
}

function freePort(base: number, builders: readonly PooledBuilder[]): number {
  if (base === 0) return 0;
  const taken = builders.map((builder) => builder.port);
  // A starting builder has no port yet; its place is counted in the order of the starting ones.
  const starting = builders.filter((builder) => builder.port === null).length - 1;
  const free = Array.from({ length: builders.length + 1 }, (_, index) => base + index).filter(
    (port) => !taken.includes(port),
  );
  return free[starting] ?? base + builders.length;
}

/** Directories that belong to no builder of the state: left by a kill between two writes. */
function removeStrangers(root: string, builders: readonly PooledBuilder[]): void {
  const names = existsSync(root) ? readdirSync(root) : [];
  for (const name of names.filter((entry) => entry.startsWith('playground_'))) {
    if (!builders.some((builder) => builder.name === name)) rmSync(join(root, name), { recursive: true, force: true });
  }
}
