import { join } from 'node:path';
import { HttpProblem, readBody, requestUrl, sendText, serveHttp } from '../loopback/http-service.js';
import { silent, type Log } from '../loopback/log-line.js';
import { createBuilders, type Builders } from './builders.js';
import { openPoolMemory } from './pool-state.js';
import { createTickets, RpcFault, type Tickets } from './tickets.js';
import { encodeFault, encodeResponse, parseCall, type MethodCall, type RpcValue } from './xml-rpc.js';

export type PoolOptions = {
  /** 0: any free port. */
  readonly port: number;
  /** Tickets, builders and `resources.json`. */
  readonly stateDir: string;
  readonly builders: number;
  /** First of the builders' ports; 0: any free ones. */
  readonly builderPortBase: number;
  readonly authorizedKeys: string;
  /** Default: `journal.jsonl` in the state directory. */
  readonly journal?: string;
  /** A builder's program (JavaScript), started with the options of `playground builder`; default: that command. */
  readonly builderProgram?: string;
  readonly log?: Log;
};

export type RunningPool = {
  readonly url: string;
  readonly port: number;
  /** Ends the builders too, unless the next pool on the same state is to adopt them. */
  readonly close: (options?: { readonly keepBuilders?: boolean }) => Promise<void>;
};

const METHODS = ['closeTicket', 'collectTicket', 'system.listMethods', 'takeTicket'];

/** Starts a Resalloc-compatible server with its builders (docs/neighbours/resalloc.md). */
export async function startPool(options: PoolOptions): Promise<RunningPool> {
  const log = options.log ?? silent;
  const memory = openPoolMemory(options.stateDir);
  const tickets = createTickets(memory);
  let builders: Builders | null = null;
  const service = await serveHttp({
    port: options.port,
    log,
    handle: async (request, response) => {
      const path = requestUrl(request).pathname;
      if (path !== '/' && path !== '/RPC2') throw new HttpProblem(404, 'No such page');
      if (request.method !== 'POST') throw new HttpProblem(501, 'use POST');
      const body = (await readBody(request, 1024 * 1024)).toString('utf8');
      sendText(
        response,
        200,
        builders === null ? encodeFault('starting') : answer(body, tickets, builders),
        'text/xml',
      );
    },
  });
  // Only the process that has the port may touch the builders of this state.
  builders = createBuilders({
    memory,
    tickets,
    log,
    directory: options.stateDir,
    count: options.builders,
    portBase: options.builderPortBase,
    authorizedKeys: options.authorizedKeys,
    journal: options.journal ?? join(options.stateDir, 'journal.jsonl'),
    program: options.builderProgram,
  });
  const running = builders;
  return {
    url: service.url,
    port: service.port,
    close: async (how) => {
      await service.close();
      await running.stop(how?.keepBuilders ?? false);
    },
  };
}

function answer(body: string, tickets: Tickets, builders: Builders): string {
  try {
    return encodeResponse(dispatch(parseCall(body), tickets, builders));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return encodeFault(error instanceof RpcFault ? text : `<class 'Exception'>:${text}`);
  }
}

function dispatch(call: MethodCall, tickets: Tickets, builders: Builders): RpcValue {
  const [first, second] = call.params;
  switch (call.method) {
    case 'takeTicket': {
      if (!Array.isArray(first) || !first.every((tag) => typeof tag === 'string')) {
        throw new Error('takeTicket wants a list of tags');
      }
      const id = tickets.take(first, typeof second === 'string' && second !== '' ? second : null);
      builders.assign();
      return id;
    }
    case 'collectTicket':
      return tickets.collect(ticketId(first));
    case 'closeTicket':
      builders.release(tickets.close(ticketId(first)).id);
      return null;
    case 'system.listMethods':
      return METHODS;
    default:
      throw new Error(`method "${call.method}" is not supported`);
  }
}

/** Resalloc's own command line sends ids as strings. */
function ticketId(value: RpcValue | undefined): number {
  const id = typeof value === 'string' ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw new Error('a ticket id is a number');
  return id;
}
