import { once } from 'node:events';
import { Agent, createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody } from '../../playground/loopback/http-service.js';

const BODY_LIMIT = 1024 * 1024;

/** When a kill comes: before the pool receives a call, before its answer is passed on, or this long after that. */
export type Moment = { readonly at: 'asked' | 'answered' } | { readonly at: 'told'; readonly afterMs: number };

/** Stands between the backend and the pool, and strikes at a moment of a takeTicket. */
export type PoolTap = {
  readonly url: string;
  /** `strike` is called at that moment of the next takeTicket, once. Resolves when it was. */
  readonly arm: (moment: Moment, strike: () => void) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Starts a tap in front of the pool at `target`. */
export async function startPoolTap(target: string): Promise<PoolTap> {
  const upstream = new URL(target);
  const agent = new Agent({ keepAlive: true });
  let armed: { readonly moment: Moment; readonly strike: () => void } | null = null;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, BODY_LIMIT);
    const blow = body.includes('takeTicket') ? armed : null;
    if (blow !== null) armed = null;
    if (blow?.moment.at === 'asked') blow.strike();
    // The server has received what was sent, whatever happens to the sender.
    const answer = await forward(upstream, agent, request, body);
    if (blow?.moment.at === 'answered') blow.strike();
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    if (blow?.moment.at !== 'told') return;
    await sleep(blow.moment.afterMs);
    blow.strike();
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm: (moment, strike) =>
      new Promise((resolve) => {
        armed = {
          moment,
          strike: () => {
            strike();
            resolve();
          },
        };
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

async function forward(
  upstream: URL,
  agent: Agent,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const { hostname: host, port } = upstream;
  const headers = { 'content-type': 'text/xml', 'content-length': String(body.length) };
  const outgoing = sendRequest({ host, port, path: request.url, method: 'POST', headers, agent });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode ?? 502, body: Buffer.concat(chunks) };
}
