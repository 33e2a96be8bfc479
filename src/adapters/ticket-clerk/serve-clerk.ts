import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TicketClaim, TicketRequest } from '../../ports/build/builder-pool.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Resalloc } from '../resalloc-xmlrpc/builder-pool.js';
import { TicketClerk } from './clerk.js';
import { openSocketAddress, type ClerkDirectory } from './clerk-directory.js';
import { clerkTrouble } from './clerk-trouble.js';
import { ClerkRequest, onMessages, say, type ClerkAnswer } from './exchange.js';
import { LostTickets } from './lost-tickets.js';
import { TicketNotebook } from './ticket-notebook.js';

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** By then a killed worker has a successor, however busy its host is. */
const LINGER_MS = 30_000;
/** Pause between two checks of ids that may have been lost. */
const LOOK_MS = 30_000;
const TICK_MS = 500;
/** How long to wait for a worker that does not read its answer. */
const FAREWELL_MS = 1000;

/**
 * Serves the workers of this host over the socket of `directory`, whose lock the caller holds. Ends on `stop`, or,
 * unless it `stays`, half a minute after the last worker was killed and at once when the last one has left. First
 * records the outcome of calls to Resalloc under way. Throws NotesUnreadable, or the system's error, if it cannot
 * begin.
 */
export async function serveClerk(options: {
  readonly directory: ClerkDirectory;
  readonly resalloc: Resalloc;
  /** URL of that Resalloc. */
  readonly url: string;
  readonly stays: boolean;
  readonly stop: AbortSignal;
  readonly log: Log;
  readonly lingerMs?: number;
}): Promise<void> {
  const { directory, resalloc, url, stop, log } = options;
  const notebook = await TicketNotebook.open(directory.notesFile);
  const clerk = new TicketClerk({ notebook, resalloc, log });
  await clerk.begin();
  const lost = new LostTickets({ notebook, pool: resalloc, file: directory.suspectsFile });
  const workers = new Set<Socket>();
  const leaving = new WeakSet<Socket>();
  /** Since when nobody is connected, and whether a successor of the last worker is expected. */
  let alone = { since: performance.now(), isExpecting: true };
  let isEnding = false;

  const server = createServer((socket) => {
    workers.add(socket);
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      workers.delete(socket);
      alone = { since: performance.now(), isExpecting: !leaving.has(socket) };
    });
    onMessages(socket, ClerkRequest, (request) => {
      if (!isEnding) hear(socket, request); // the next clerk is asked again
    });
  });

  function hear(socket: Socket, request: ClerkRequest): void {
    switch (request.call) {
      case 'take': {
        const { id, claim, tags, sandbox, from } = request;
        takeFrom(from, claim, { tags, sandbox }).then(
          (ticket) => say(socket, { id, answer: { ticket } }),
          (error: unknown) => say(socket, { id, failure: failureOf(error, log) }),
        );
        return;
      }
      case 'due':
        say(socket, { id: request.id, answer: { notes: clerk.due(), suspects: lost.suspects() } });
        return;
      case 'closed':
        clerk.closed(request.ticket);
        return;
      case 'leave':
        leaving.add(socket);
        socket.end();
    }
  }

  async function takeFrom(from: string, claim: TicketClaim, wanted: TicketRequest): Promise<number> {
    if (from === url) return clerk.take(claim, wanted);
    const told = `it takes them from ${url}, and the worker that asks knows ${from}`;
    throw clerkTrouble(`${told}; restart all workers of this host, and its ticket clerk`);
  }

  const place = openSocketAddress(directory);
  try {
    rmSync(place.address, { force: true }); // left by a killed clerk
    server.listen(place.address);
    await once(server, 'listening');
    let looked = performance.now() - LOOK_MS;
    while (!stop.aborted) {
      await sleep(TICK_MS, undefined, { signal: stop }).catch(() => undefined);
      const isIdle = workers.size === 0 && clerk.underWay === 0;
      const lingerMs = alone.isExpecting ? (options.lingerMs ?? LINGER_MS) : 0;
      if (!options.stays && isIdle && performance.now() - alone.since >= lingerMs) break;
      if (performance.now() - looked < LOOK_MS) continue;
      looked = performance.now();
      void lost.look().catch((error: unknown) => {
        log.warn({ error: String(error) }, 'tickets whose ids were lost could not be asked about; trying again');
      });
    }
    isEnding = true;
    server.close();
    while (clerk.underWay > 0) await sleep(20);
    await notebook.close();
    for (const socket of workers) socket.end();
    const gone = Promise.all([...workers].map((socket) => once(socket, 'close')));
    await Promise.race([gone, sleep(FAREWELL_MS, undefined, { ref: false })]);
  } finally {
    place.close();
  }
}

/** A failure as sent over the connection. */
function failureOf(error: unknown, log: Log): NonNullable<ClerkAnswer['failure']> {
  const known = error instanceof PortFailure ? error : clerkTrouble(String(error), error);
  if (known !== error) log.warn({ err: error }, 'unexpected error');
  return { code: known.code, message: known.message, retryable: known.retryable };
}
