import http from 'node:http';
import https from 'node:https';

/** One exchange. The answer's body is bytes: what it is, is the caller's to decide, whatever the content type says. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Largest accepted answer; the connection is cut where it begins to be larger. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
};

export type HttpClient = {
  readonly request: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Ends idle connections; a client is still usable afterwards. */
  readonly close: () => void;
};

/**
 * Why there is no whole answer. `sent` is true when the server may have seen (and acted on) the request: only then is
 * repeating it a question of idempotency.
 */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly kind: 'network' | 'timeout' | 'truncated' | 'tooLarge';
  readonly sent: boolean;

  constructor(kind: HttpFailure['kind'], message: string, facts: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.sent = facts.sent;
  }
}

/**
 * 5xx and 408 may go away by themselves (docs/neighbours/frontend.md#refusals-and-outages); a redirect is mostly a
 * maintenance page.
 */
export function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || (status >= 300 && status < 400);
}

/** Servers (gunicorn: 2 s) close idle connections; ours go first, or a request would now and then meet a closed one. */
const IDLE_MS = 1500;
/** An answer that keeps trickling in is given up after this many silence limits. */
const TOTAL_FACTOR = 10;

/**
 * A client that keeps connections alive. `timeoutMs` bounds each silence: connecting, waiting for the first byte, and
 * between two reads. Rejects with HttpFailure, or with the signal's reason; any status is an answer.
 */
export function createHttpClient(options: { readonly timeoutMs: number }): HttpClient {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' }),
    'https:': new https.Agent({ keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' }),
  };
  return {
    request: async (request) => {
      try {
        return await exchange(request, agents, options.timeoutMs);
      } catch (error) {
        // A kept connection that the server was just closing: nothing was answered, and a GET changes nothing.
        if (!(error instanceof StaleConnection) || request.method !== 'GET') throw error;
        return await exchange(request, agents, options.timeoutMs);
      }
    },
    close: () => {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

class StaleConnection extends HttpFailure {}

type Agents = { readonly 'http:': http.Agent; readonly 'https:': https.Agent };

function exchange(request: HttpRequest, agents: Agents, timeoutMs: number): Promise<HttpAnswer> {
  return new Promise<HttpAnswer>((resolve, reject) => {
    request.signal?.throwIfAborted();
    const secure = request.url.protocol === 'https:';
    const body = request.body === undefined ? undefined : Buffer.from(request.body, 'utf8');
    const outgoing = (secure ? https : http).request(request.url, {
      agent: agents[secure ? 'https:' : 'http:'],
      method: request.method,
      headers: { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
    });
    let connected = false;
    let answered = false;
    let reason: HttpFailure | undefined;

    const giveUp = (kind: HttpFailure['kind'], message: string): void => {
      reason ??= new HttpFailure(kind, message, { sent: connected });
      outgoing.destroy(reason);
    };
    const silence = setTimeout(() => giveUp('timeout', `no data for ${timeoutMs / 1000} s`), timeoutMs);
    const total = setTimeout(
      () => giveUp('timeout', `no complete answer in ${(timeoutMs * TOTAL_FACTOR) / 1000} s`),
      timeoutMs * TOTAL_FACTOR,
    );
    const onAbort = (): void => void outgoing.destroy();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(silence);
      clearTimeout(total);
      request.signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      settle();
      if (request.signal?.aborted === true) reject(request.signal.reason as Error);
      else if (reason !== undefined) reject(reason);
      else if (answered) reject(new HttpFailure('truncated', 'the answer ended early', { sent: true, cause: error }));
      else {
        const Kind = outgoing.reusedSocket ? StaleConnection : HttpFailure;
        reject(new Kind('network', messageOf(error), { sent: connected, cause: error }));
      }
    };

    outgoing.on('socket', (socket) => {
      if (!socket.connecting) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      answered = true;
      silence.refresh();
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        silence.refresh();
        size += chunk.length;
        if (size > request.maxBytes) giveUp('tooLarge', `the answer is larger than ${request.maxBytes} bytes`);
        else chunks.push(chunk);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        if (!incoming.complete) {
          fail(undefined);
          return;
        }
        settle();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks, size) });
      });
    });
    outgoing.end(body);
  });
}

function messageOf(error: unknown): string {
  // `localhost` with two addresses fails with an AggregateError whose own message is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
