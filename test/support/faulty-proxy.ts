import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Holds, type Hold } from './hold.js';

/**
 * How an exchange fails. `500`, `html` and `resetBefore` never reach the server; with `resetAfter` and `truncated` only
 * the answer is lost; `hang` is never answered; `{ json }` is an answer that the server never gave.
 */
export type Fault =
  | '500'
  | 'html'
  | 'truncated'
  | 'resetBefore'
  | 'resetAfter'
  | 'hang'
  | { readonly json: unknown; readonly status?: number };

export type FaultyProxy = {
  readonly url: string;
  /** The next exchanges of a route fail, one after the other in these ways. */
  readonly fail: (route: string, ...faults: readonly Fault[]) => void;
  /** Every exchange of a route is answered like this, until it is healed. */
  readonly always: (route: string, fault: Fault) => void;
  readonly heal: (route: string) => void;
  /** Every answer of a route is delayed by this many milliseconds; 0: not at all. */
  readonly delay: (route: string, milliseconds: number) => void;
  /**
   * Keeps exchanges waiting: `before` they reach the server, or `after`, so that only the answer is missing. An
   * exchange whose client is gone by the release is dropped.
   */
  readonly hold: (when: 'before' | 'after', matches: (asked: Asked) => boolean) => Hold;
  /** How often a route was requested. */
  readonly count: (route: string) => number;
  /** Routes with faults that have not occurred yet. */
  readonly unspent: () => readonly string[];
  /** Stops listening, and cuts everything under way. */
  readonly vanish: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A request as a hold sees it. */
export type Asked = { readonly route: string; readonly body: string };

type Exchange = {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly body: Buffer;
};

/** A proxy on loopback in front of `upstream`; it passes everything on until it is told otherwise. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  const faults = new Map<string, Fault[]>();
  const standing = new Map<string, Fault>();
  const delays = new Map<string, number>();
  const counts = new Map<string, number>();
  const hanging = new Set<http.ServerResponse>();
  const holds = { before: new Holds<Asked>(), after: new Holds<Asked>() };
  let server = listener();
  const port = await listen(server, 0);

  function listener(): http.Server {
    return http.createServer((request, response) => {
      const answer = async (): Promise<void> => {
        const body = await readAll(request);
        const route = routeOf(request, body);
        counts.set(route, (counts.get(route) ?? 0) + 1);
        const fault = faults.get(route)?.shift() ?? standing.get(route);
        await holds.before.pass({ route, body: body.toString('utf8') });
        if (!response.destroyed) await serve({ request, response, body }, fault, route);
      };
      answer().catch(() => response.destroy()); // cut before the request was sent, or no server answers
    });
  }

  async function serve(exchange: Exchange, fault: Fault | undefined, route: string): Promise<void> {
    const { request, response } = exchange;
    switch (fault) {
      case '500':
        response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Internal Server Error</h1>');
        return;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Down for maintenance</body></html>');
        return;
      case 'resetBefore':
        request.socket.resetAndDestroy();
        return;
      case 'hang':
        hanging.add(response);
        return;
      case 'resetAfter':
        await forward(upstream, exchange);
        request.socket.resetAndDestroy();
        return;
      case 'truncated':
      case undefined: {
        const answer = await forward(upstream, exchange);
        await holds.after.pass({ route, body: exchange.body.toString('utf8') });
        const delay = delays.get(route) ?? 0;
        if (delay > 0) await sleep(delay);
        const body = fault === undefined ? answer.body : answer.body.subarray(0, Math.floor(answer.body.length / 2));
        response.writeHead(answer.status, without(answer.headers, 'transfer-encoding', 'content-length')).end(body);
        return;
      }
      default:
        response
          .writeHead(fault.status ?? 200, { 'content-type': 'application/json', 'copr-fe-be-api-version': '9' })
          .end(JSON.stringify(fault.json));
    }
  }

  async function vanish(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    hanging.clear();
    await once(server, 'close');
  }

  return {
    url: `http://127.0.0.1:${port}`,
    fail: (route, ...more) => void faults.set(route, [...(faults.get(route) ?? []), ...more]),
    always: (route, fault) => void standing.set(route, fault),
    heal: (route) => void standing.delete(route),
    delay: (route, milliseconds) => void delays.set(route, milliseconds),
    hold: (when, matches) => holds[when].add(matches),
    count: (route) => counts.get(route) ?? 0,
    unspent: () =>
      [...faults].filter(([, left]) => left.length > 0).map(([route, left]) => `${route}: ${JSON.stringify(left)}`),
    vanish,
    comeBack: async () => {
      server = listener();
      await listen(server, port);
    },
    stop: vanish,
  };
}

/**
 * The route of a request: the path below `/backend`, for a report with its task and status, for an action without its
 * number. A builder's own look at its task is another route than the backend's.
 */
function routeOf(request: http.IncomingMessage, body: Buffer): string {
  const path = (request.url ?? '').replace(/^\/backend\//, '').replace(/\/$/, '');
  const asker = (request.headers['user-agent'] ?? '').startsWith('copr-backend') ? '' : 'builder ';
  if (path === 'starting_build') {
    return `${path}/${(JSON.parse(body.toString()) as { task_id: string }).task_id}`;
  }
  if (path === 'update') {
    const { builds } = JSON.parse(body.toString()) as { builds?: { task_id: string; status: number }[] };
    return builds === undefined ? `${path}/action` : builds.map((b) => `${path}/${b.task_id}/${b.status}`).join();
  }
  return `${asker}${path.replace(/^action\/\d+$/, 'action')}`;
}

async function forward(
  upstream: string,
  { request, body }: Exchange,
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
  const outgoing = http.request(new URL(request.url ?? '/', upstream), {
    method: request.method ?? 'GET',
    headers: without(request.headers, 'host', 'connection'),
    agent: false,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await readAll(answer) };
}

function without(headers: http.IncomingHttpHeaders, ...names: readonly string[]): http.IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function listen(server: http.Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
