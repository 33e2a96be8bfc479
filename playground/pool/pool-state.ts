import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../loopback/json-file.js';

const Ticket = z.object({
  id: z.number(),
  tags: z.array(z.string()),
  sandbox: z.string().nullable(),
  state: z.enum(['open', 'closed', 'failed']),
  /** Name of the assigned builder; stays after the end. */
  builder: z.string().nullable(),
  output: z.string().nullable(),
});

const Builder = z.object({
  name: z.string(),
  directory: z.string(),
  pid: z.number().nullable(),
  startTicks: z.string(),
  port: z.number().nullable(),
  state: z.enum(['starting', 'up', 'releasing']),
  sandbox: z.string().nullable(),
  ticket: z.number().nullable(),
  misses: z.number(),
  startedAt: z.number(),
});

const PoolState = z.object({
  lastTicket: z.number(),
  lastBuilder: z.number(),
  tickets: z.array(Ticket),
  builders: z.array(Builder),
});

export type Ticket = z.infer<typeof Ticket>;
export type PooledBuilder = z.infer<typeof Builder>;
export type PoolState = z.infer<typeof PoolState>;

const ENDED_KEPT = 1000;

/** The pool's memory: every change is on disk before it is answered. */
export type PoolMemory = { readonly state: PoolState; readonly save: () => void };

/** Opens (or creates) the state of a pool, and keeps `resources.json` beside it for people and tests. */
export function openPoolMemory(directory: string): PoolMemory {
  const path = join(directory, 'pool.json');
  const stored = readJson(path);
  const state =
    stored === null ? { lastTicket: 0, lastBuilder: 0, tickets: [], builders: [] } : PoolState.parse(stored);
  const save = (): void => {
    const ended = state.tickets.filter((ticket) => ticket.state !== 'open').length;
    let surplus = ended - ENDED_KEPT;
    if (surplus > 0) state.tickets = state.tickets.filter((ticket) => ticket.state === 'open' || surplus-- <= 0);
    writeJson(path, state);
    writeJson(
      join(directory, 'resources.json'),
      state.builders.map(({ name, pid, port, directory: root, state: builderState, ticket, sandbox }) => ({
        name,
        pid,
        port,
        directory: root,
        state: builderState,
        ticket,
        sandbox,
      })),
    );
  };
  save();
  return { state, save };
}
