import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type net from 'node:net';

/** Exchanges recorded from a real frontend; pages in HTML are shortened. */
export const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/frontend/exchanges.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Recorded>>;

type Recorded = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: string;
};

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
};

export type FrontendServer = {
  readonly url: string;
  readonly seen: Seen[];
  /** Connections so far. */
  readonly connections: () => number;
  answer: http.RequestListener;
  readonly stop: () => Promise<void>;
};

/** A server on loopback whose `answer` each test sets; it remembers what it was asked. */
export async function startFrontendServer(): Promise<FrontendServer> {
  let connections = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      self.seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      self.answer(request, response);
    });
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: FrontendServer = {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    seen: [],
    connections: () => connections,
    answer: (_request, response) => response.writeHead(500).end(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

/** Answers as it was recorded under this name. */
export function replay(name: string): http.RequestListener {
  const exchange = recorded[name];
  if (exchange === undefined) throw new Error(`nothing is recorded as ${name}`);
  return (_request, response) => response.writeHead(exchange.status, exchange.headers).end(exchange.response);
}

/** Answers with this value as JSON, as the frontend does. */
export function answerJson(value: unknown, version = '9'): http.RequestListener {
  return (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'copr-fe-be-api-version': version })
      .end(JSON.stringify(value));
}
