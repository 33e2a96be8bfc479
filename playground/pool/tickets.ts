import type { PooledBuilder, PoolMemory, Ticket } from './pool-state.js';
import type { RpcValue } from './xml-rpc.js';

/** Sent to the client as a fault, `<class '…'>:<text>`. */
export class RpcFault extends Error {}

/** The ticket side of Resalloc (docs/neighbours/resalloc.md#tickets). */
export type Tickets = {
  readonly take: (tags: readonly string[], sandbox: string | null) => number;
  readonly collect: (id: number) => RpcValue;
  readonly close: (id: number) => Ticket;
  /** The builder of a ticket has died: the ticket fails unless it was closed. */
  readonly fail: (id: number) => void;
};

/** Tickets in the pool's memory; each change is saved before it is answered. */
export function createTickets(memory: PoolMemory): Tickets {
  const find = (id: number): Ticket | undefined => memory.state.tickets.find((ticket) => ticket.id === id);
  const known = (id: number): Ticket => {
    const ticket = find(id);
    if (ticket === undefined) throw new RpcFault(`<class 'ServerAPIException'>:no such ticket ${id}`);
    return ticket;
  };
  return {
    take: (tags, sandbox) => {
      if (new Set(tags).size !== tags.length) {
        throw new RpcFault("<class 'sqlalchemy.exc.IntegrityError'>:a tag of the ticket is given twice");
      }
      memory.state.lastTicket += 1;
      const id = memory.state.lastTicket;
      memory.state.tickets.push({ id, tags: [...tags], sandbox, state: 'open', builder: null, output: null });
      memory.save();
      return id;
    },
    collect: (id) => {
      const ticket = known(id); // a fault, not nils (docs/neighbours/resalloc.md#tickets)
      return {
        ready: ticket.output !== null,
        output: ticket.output === null ? null : { bytes: ticket.output },
        closed: ticket.state === 'closed',
        failed: ticket.state === 'failed',
      };
    },
    close: (id) => {
      const ticket = known(id);
      ticket.state = 'closed';
      memory.save();
      return ticket;
    },
    fail: (id) => {
      const ticket = find(id);
      if (ticket?.state === 'open') ticket.state = 'failed';
      memory.save();
    },
  };
}

/**
 * The builder for a ticket: free, healthy, with the same sandbox or none; the same sandbox is preferred, then the
 * oldest.
 */
export function chooseBuilder(ticket: Ticket, builders: readonly PooledBuilder[]): PooledBuilder | null {
  const free = builders.filter(
    (builder) =>
      builder.state === 'up' &&
      builder.ticket === null &&
      builder.misses === 0 &&
      (builder.sandbox === null || builder.sandbox === ticket.sandbox),
  );
  return free.find((builder) => builder.sandbox !== null) ?? free[0] ?? null;
}
