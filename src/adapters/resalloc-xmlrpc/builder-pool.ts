import type { BuilderPool, TicketRequest, TicketState } from '../../ports/build/builder-pool.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient, HttpFailure } from '../http/request.js';
import { decodeResponse, encodeCall, XmlRpcFault } from './xmlrpc.js';
import type { XmlRpcParam, XmlRpcValue } from './xmlrpc.js';

/** Answers are a few hundred bytes: a builder's address is cut at 512 (docs/neighbours/resalloc.md#calls). */
const MAX_BYTES = 1024 * 1024;

/**
 * Nobody knows whether a ticket was created: the call was sent, and its answer is lost
 * (docs/neighbours/resalloc.md#calls).
 */
export class TicketMayBeTaken extends PortFailure {}

/**
 * Resalloc itself, which has no idempotency key: the caller must record a ticket's id, or nobody will ever close it.
 */
export type Resalloc = Omit<BuilderPool, 'take'> & {
  /** Takes a new ticket. Rejects with TicketMayBeTaken if there may be one whose id is unknown. */
  readonly take: (request: TicketRequest) => Promise<number>;
};

/**
 * Resalloc over XML-RPC (docs/neighbours/resalloc.md#calls); keeps connections alive if the server does. It has no
 * durable state.
 */
export function createResalloc(options: { readonly url: string; readonly timeoutMs?: number }): Resalloc {
  const http = createHttpClient({ timeoutMs: options.timeoutMs ?? 30_000 });
  const url = new URL(options.url);
  // The known client turns a bare host into /RPC2; the server answers on both.
  if (url.pathname === '/') url.pathname = '/RPC2';

  /** Rejects with XmlRpcFault, or with PortFailure if there is no complete answer. */
  async function call(method: string, params: readonly XmlRpcParam[]): Promise<XmlRpcValue> {
    const answer = await http
      .request({
        method: 'POST',
        url,
        headers: { 'content-type': 'text/xml' },
        body: encode(method, params),
        maxBytes: MAX_BYTES,
      })
      .catch((error: unknown) => {
        if (!(error instanceof HttpFailure)) throw error;
        throw unavailable(method, error.message, { cause: error, lost: error.sent });
      });
    if (answer.status !== 200) throw unavailable(method, `HTTP ${answer.status}`, { lost: true });
    try {
      return decodeResponse(answer.body.toString('utf8'));
    } catch (error) {
      if (error instanceof XmlRpcFault || !(error instanceof Error)) throw error;
      throw unavailable(method, `unreadable answer: ${error.message}`, { cause: error, lost: true });
    }
  }

  return {
    take: async ({ tags, sandbox }) => {
      // A repeated tag is a database error in the server; strangers would share an empty sandbox.
      const unique = [...new Set(tags)].sort();
      const params = sandbox === null || sandbox === '' ? [unique] : [unique, sandbox];
      const ticket = await call('takeTicket', params).catch((error: unknown) => {
        throw error instanceof XmlRpcFault ? fault('takeTicket', error) : error;
      });
      if (typeof ticket === 'number' && ticket > 0) return ticket;
      throw unavailable('takeTicket', 'the answer is not a ticket id', { lost: true });
    },

    collect: async (ticket) => {
      try {
        return toState(await call('collectTicket', [ticket]));
      } catch (error) {
        if (!(error instanceof XmlRpcFault)) throw error;
        if (isUnknownTicket(error)) return { state: 'vanished' };
        throw fault('collectTicket', error);
      }
    },

    close: async (ticket) => {
      await call('closeTicket', [ticket]).catch((error: unknown) => {
        if (!(error instanceof XmlRpcFault)) throw error;
        if (!isUnknownTicket(error)) throw fault('closeTicket', error);
      });
    },
  };
}

/** Servers answer nil or a fault (docs/neighbours/resalloc.md#tickets) for an id that they do not know. */
function isUnknownTicket(fault: XmlRpcFault): boolean {
  return fault.message.includes('no such ticket');
}

function toState(answer: XmlRpcValue): TicketState {
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer) || !('ready' in answer)) {
    throw unavailable('collectTicket', 'the answer is not a ticket');
  }
  const { ready, output, closed, failed } = answer as Readonly<Record<string, XmlRpcValue | undefined>>;
  if (ready === null) return { state: 'vanished' };
  // A failed ticket is still reported as ready, and so is a closed one that had a machine
  // (docs/neighbours/resalloc.md#tickets).
  if (failed === true) return { state: 'failed', hadBuilder: ready === true };
  if (closed === true) return { state: 'closed' };
  if (ready !== true) return { state: 'waiting' };
  return {
    state: 'ready',
    output: Buffer.isBuffer(output) ? output.toString('utf8') : typeof output === 'string' ? output : '',
  };
}

function encode(method: string, params: readonly XmlRpcParam[]): string {
  try {
    return encodeCall(method, params);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PortFailure('TaskInvalid', `Resalloc ${method}: ${error.message}`, { cause: error });
  }
}

function fault(method: string, error: XmlRpcFault): PortFailure {
  return unavailable(method, `fault ${error.faultCode}: ${error.message.slice(0, 300)}`, { cause: error });
}

function unavailable(
  method: string,
  why: string,
  facts: { readonly cause?: unknown; readonly lost?: boolean } = {},
): PortFailure {
  const options = facts.cause === undefined ? {} : { cause: facts.cause };
  const message = `Resalloc ${method}: ${why}`;
  if (method !== 'takeTicket' || facts.lost !== true) return new PortFailure('ResallocUnavailable', message, options);
  return new TicketMayBeTaken(
    'ResallocUnavailable',
    `${message}; a ticket may have been taken whose id is lost`,
    options,
  );
}
