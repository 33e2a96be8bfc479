import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { plainJson } from '../domain/plain-text.js';
import { hostText } from '../domain/names/host-text.js';

export type HttpReply = { readonly status: number; readonly type: string; readonly body: string };

/** Answers a read: `path` is decoded and split at its slashes. Null: not found. */
export type HttpRoutes = (path: readonly string[], query: URLSearchParams) => Promise<HttpReply | null>;

export type ListenAddress = { readonly host: string; readonly port: number };

export type ObservingServer = {
  /** The address for clients; with the real port if 0 was requested. */
  readonly address: ListenAddress;
  readonly close: () => Promise<void>;
};

/** Why nothing listens. */
export class ListenFailed extends Error {
  override readonly name = 'ListenFailed';
}

const CONNECTIONS = 100;
const MAX_URL = 2048;

/**
 * A small read-only server. It limits clients in connections, time and length of a request, and errors reveal no
 * internals. Throws ListenFailed if the address is not available.
 */
export async function serveHttp(
  address: ListenAddress,
  routes: HttpRoutes,
  log: { readonly warn: (fields: object, text: string) => void },
): Promise<ObservingServer> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 },
    (request, response) => {
      answer(request, routes)
        .catch((error: unknown) => {
          log.warn({ err: error, path: request.url?.slice(0, 200) }, 'a request for the state of things failed');
          return jsonReply(500, { error: 'the answer could not be made; the log says why' });
        })
        .then((reply) => send(request, response, reply), ignore);
    },
  );
  server.maxConnections = CONNECTIONS;
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new ListenFailed(whyNot(address, error))));
    server.listen({ host: address.host, port: address.port, exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: address.host, port },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function jsonReply(status: number, value: unknown): HttpReply {
  return { status, type: 'application/json; charset=utf-8', body: `${plainJson(value)}\n` };
}

async function answer(request: IncomingMessage, routes: HttpRoutes): Promise<HttpReply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return jsonReply(405, { error: 'only GET and HEAD' });
  const target = parseTarget(request.url ?? '');
  if (target === null) return jsonReply(400, { error: 'the address cannot be read' });
  return (await routes(target.path, target.query)) ?? jsonReply(404, { error: 'there is nothing of this name' });
}

function parseTarget(url: string): { readonly path: readonly string[]; readonly query: URLSearchParams } | null {
  if (!url.startsWith('/') || url.length > MAX_URL) return null;
  const [path = '', query = ''] = url.split('?', 2);
  try {
    return { path: path.split('/').slice(1).map(decodeURIComponent), query: new URLSearchParams(query) };
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return null;
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
  const body = Buffer.from(reply.body, 'utf8');
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function whyNot({ host, port }: ListenAddress, error: NodeJS.ErrnoException): string {
  const where = `${hostText(host)}:${port}`;
  const why =
    error.code === 'EADDRINUSE'
      ? 'another process listens there'
      : error.code === 'EACCES'
        ? 'this user may not'
        : error.message;
  return (
    `cannot listen at ${where} for /metrics and /queue: ${why}. ` +
    'Give this process --http-listen HOST:PORT (or off), or change http_listen'
  );
}

function ignore(): void {
  // The client left before it got an answer.
}
