import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, buildConnector, errors, type Dispatcher } from 'undici';

/** One exchange. The answer's body is bytes: the caller decides what it is, whatever the content type says. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or the start of a stream: a stream that was read once has nothing left for another request. */
  readonly body?: string | (() => Readable);
  /** Largest accepted answer; the connection is cut as soon as the answer exceeds it. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** An answer whose body is in a file; `sha256` is that of its bytes. */
export type Saved = { readonly status: number; readonly sha256: string };

/** How a server proves who it is, and a client to it: contents of PEM files. */
export type HttpTls = {
  /** Authorities instead of the system's. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** False: any server is believed. */
  readonly rejectUnauthorized?: boolean;
};

export type HttpClient = {
  readonly request: (request: HttpRequest) => Promise<HttpAnswer>;
  /**
   * The same with the body of a 200 in a new file, as it arrives: it is never in memory as a whole. The body of any other
   * answer is left out. A file of a request that failed stays for the caller to remove. Also rejects with the system's
   * errors.
   */
  readonly save: (request: HttpRequest, file: string) => Promise<Saved>;
  /** Ends all connections, and with them running requests. */
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
 * True for statuses that may be temporary: 5xx and 408 (docs/neighbours/frontend.md#refusals-and-outages), and
 * redirects, usually a maintenance page.
 */
export function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || (status >= 300 && status < 400);
}

/**
 * Servers (gunicorn: 2 s) close idle connections; ours are closed first, or a request would sometimes hit a closed one.
 */
const IDLE_MS = 1500;
/** An answer that keeps trickling in is given up after this many silence limits. */
const TOTAL_FACTOR = 10;

/**
 * A client that keeps connections alive. `timeoutMs` bounds each silence: connecting, waiting for the first byte, and
 * between two reads. Rejects with HttpFailure, or with the signal's reason; any status is an answer.
 */
export function createHttpClient(options: { readonly timeoutMs: number; readonly tls?: HttpTls }): HttpClient {
  const { timeoutMs, tls = {} } = options;
  const connect = buildConnector({ timeout: timeoutMs, ...tls });
  const agent = new Agent({
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    keepAliveTimeoutThreshold: 500,
    connect: (place, done) => {
      connect(place, (...[error, socket]) => {
        if (error !== null) {
          done(new NotConnected(error), null);
          return;
        }
        socket.on('error', (ended: Error) => {
          if (socket.bytesRead > 0) afterAnAnswer.add(ended);
        });
        done(null, socket);
      });
    },
  });
  async function ask<T>(request: HttpRequest, read: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    request.signal?.throwIfAborted();
    try {
      return await exchange(request, agent, timeoutMs, read);
    } catch (error) {
      // The server was just closing a kept connection: it answered nothing, and a GET changes nothing, so it is
      // repeated.
      if (!(error instanceof StaleConnection) || request.method !== 'GET') throw error;
      return await exchange(request, agent, timeoutMs, read);
    }
  }

  return {
    request: (request) => ask(request, (answer) => wholeAnswer(answer, request.maxBytes)),
    save: (request, file) => ask(request, (answer) => savedAnswer(answer, request.maxBytes, file)),
    close: () => void agent.destroy(),
  };
}

class StaleConnection extends HttpFailure {}

/** The system refused to write the answer; its error is the cause. */
class NotWritten extends Error {}

/** Nothing was sent: there is no connection. */
class NotConnected extends Error {
  constructor(cause: Error) {
    super(messageOf(cause), { cause });
  }
}

/** Errors that ended connections which had answered before. */
const afterAnAnswer = new WeakSet<Error>();

async function exchange<T>(
  request: HttpRequest,
  agent: Agent,
  timeoutMs: number,
  read: (answer: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  const { method, url, headers = {}, body = null } = request;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const total = setTimeout(end, timeoutMs * TOTAL_FACTOR);
  request.signal?.addEventListener('abort', end, { once: true });
  let answer: Dispatcher.ResponseData | undefined;
  try {
    const { origin, pathname, search } = url;
    const sent = typeof body === 'function' ? body() : body;
    const { signal } = ending;
    answer = await agent.request({ origin, path: pathname + search, method, headers, body: sent, signal });
    return await read(answer);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof HttpFailure) throw error;
    if (error instanceof NotWritten) throw error.cause;
    throw failureOf(error, { timeoutMs, isLate: ending.signal.aborted, isAnswered: answer !== undefined });
  } finally {
    clearTimeout(total);
    request.signal?.removeEventListener('abort', end);
  }
}

async function wholeAnswer(answer: Dispatcher.ResponseData, maxBytes: number): Promise<HttpAnswer> {
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    body: await readBody(answer.body, maxBytes),
  };
}

async function savedAnswer(
  { statusCode: status, body }: Dispatcher.ResponseData,
  maxBytes: number,
  file: string,
): Promise<Saved> {
  const hash = createHash('sha256');
  if (status !== 200) {
    await body.dump();
    return { status, sha256: '' };
  }
  const handle = await open(file, 'wx', 0o644).catch((error: unknown) => {
    throw new NotWritten('the file cannot be made', { cause: error });
  });
  try {
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      await handle.writeFile(chunk).catch((error: unknown) => {
        throw new NotWritten('the file cannot be written', { cause: error });
      });
    }
  } finally {
    await handle.close();
  }
  await nextTurn();
  return { status, sha256: hash.digest('hex') };
}

/** Leaving the loop cuts the connection. */
async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  // undici frees a connection one turn later; without this wait the next request would open another one.
  await nextTurn();
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): HttpFailure {
  return new HttpFailure('tooLarge', `the answer is larger than ${maxBytes} bytes`, { sent: true });
}

function failureOf(
  error: unknown,
  facts: { readonly timeoutMs: number; readonly isLate: boolean; readonly isAnswered: boolean },
): HttpFailure {
  const reason = error instanceof NotConnected ? error.cause : error;
  const isSent = !(error instanceof NotConnected);
  const seconds = facts.timeoutMs / 1000;
  if (facts.isLate)
    return new HttpFailure('timeout', `no complete answer in ${seconds * TOTAL_FACTOR} s`, {
      sent: isSent,
      cause: reason,
    });
  if (isSilence(reason)) return new HttpFailure('timeout', `no data for ${seconds} s`, { sent: isSent, cause: reason });
  if (facts.isAnswered) return new HttpFailure('truncated', 'the answer ended early', { sent: true, cause: reason });
  const Kind = error instanceof Error && afterAnAnswer.has(error) ? StaleConnection : HttpFailure;
  return new Kind('network', messageOf(reason), { sent: isSent, cause: reason });
}

function isSilence(error: unknown): boolean {
  const silences = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];
  return silences.some((Silence) => error instanceof Silence);
}

function messageOf(error: unknown): string {
  // `localhost` with two addresses fails with an AggregateError whose own message is empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
