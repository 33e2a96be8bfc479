import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ssh2, { type Connection } from 'ssh2';
import { ensureHostKey } from '../../playground/builder/host-key.js';
import { judgeLogin } from '../../playground/builder/public-key-login.js';
import { HttpProblem, readBody, requestUrl, sendText, serveHttp } from '../../playground/loopback/http-service.js';
import { logTo } from '../../playground/loopback/log-line.js';
import { encodeFault, encodeResponse, parseCall, type RpcValue } from '../../playground/pool/xml-rpc.js';
import { ScriptedBuilder } from './crowd-builder.js';
import type { CrowdView } from './crowd-log.js';

/**
 * A pool and all its builders in one process: a thousand builders of the playground would be a thousand processes. Each
 * has its own loopback address, all with the same port, and writes one log line a second while it builds.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string', default: '' },
    count: { type: 'string', default: '1000' },
    'authorized-keys': { type: 'string', default: '' },
  },
});
const SLICES = 20;
const log = logTo('crowd');
const builders = Array.from(
  { length: Number(values.count) },
  (_, at) => new ScriptedBuilder(`crowd_${String(at + 1).padStart(5, '0')}`, `127.77.${at >> 8}.${at & 255}`),
);
const free = [...builders];
const byTicket = new Map<number, ScriptedBuilder>();
const waiting: number[] = [];
const closed = new Set<number>();
let lastTicket = 0;
let isQuiet = false;

mkdirSync(values.state, { recursive: true });
const hostKey = await ensureHostKey(join(values.state, 'host_key'));
const port = await listenEverywhere();
let slice = 0;
// In slices, so that a thousand lines do not come in one burst.
setInterval(() => {
  slice = (slice + 1) % SLICES;
  if (!isQuiet) for (let at = slice; at < builders.length; at += SLICES) builders[at]?.tick();
}, 1000 / SLICES);

await serveHttp({
  port: Number(values.port),
  log,
  handle: async (request, response) => {
    const path = requestUrl(request).pathname;
    if (path === '/bench') {
      if (request.method === 'POST') isQuiet = true;
      request.resume();
      const unknown = builders.flatMap((builder) => builder.unknown);
      const view: CrowdView = { builders: builders.map((builder) => builder.view), unknown };
      sendText(response, 200, JSON.stringify(view), 'application/json');
      return;
    }
    if (request.method !== 'POST') throw new HttpProblem(501, 'use POST');
    const { method, params } = parseCall((await readBody(request, 1024 * 1024)).toString('utf8'));
    sendText(response, 200, answerCall(method, Number(params[0])), 'text/xml');
  },
});

function answerCall(method: string, ticket: number): string {
  switch (method) {
    case 'takeTicket':
      lastTicket += 1;
      waiting.push(lastTicket);
      assign();
      return encodeResponse(lastTicket);
    case 'collectTicket':
      return encodeResponse(collected(ticket));
    case 'closeTicket': {
      closed.add(ticket);
      const builder = byTicket.get(ticket);
      byTicket.delete(ticket);
      if (builder !== undefined) {
        builder.wipe();
        free.push(builder);
        assign();
      }
      return encodeResponse(null);
    }
    default:
      return encodeFault(`<class 'Exception'>:method "${method}" is not supported`);
  }
}

function collected(ticket: number): RpcValue {
  const builder = byTicket.get(ticket);
  const output = `---\nhost: ${builder?.host ?? ''}\nname: ${builder?.name ?? ''}\nssh_port: ${port}\n`;
  return {
    ready: builder !== undefined,
    output: builder === undefined ? null : { bytes: output },
    closed: closed.has(ticket),
    failed: false,
  };
}

function assign(): void {
  while (waiting.length > 0 && free.length > 0) {
    const ticket = waiting.shift() ?? 0;
    const builder = free.shift();
    if (builder === undefined || closed.has(ticket)) continue;
    builder.ticket = ticket;
    byTicket.set(ticket, builder);
  }
}

/** One server for each builder's address, all on a port that is free on the first. */
async function listenEverywhere(): Promise<number> {
  let chosen = 0;
  for (const builder of builders) {
    const server = new ssh2.Server({ hostKeys: [hostKey], ident: 'copr-bench' }, (client) => serve(builder, client));
    server.listen(chosen, builder.host);
    await once(server, 'listening');
    chosen = (server.address() as AddressInfo).port;
  }
  return chosen;
}

function serve(builder: ScriptedBuilder, client: Connection): void {
  // The types omit it; see the playground's builder.
  (client as Connection & { setNoDelay: (on: boolean) => void }).setNoDelay(true);
  client.on('error', (error: Error) => log(`${builder.name}: connection ended: ${error.message}`));
  client.on('authentication', (attempt) => judgeLogin(attempt, values['authorized-keys']));
  client.on('session', (accept) => {
    const session = accept();
    session.on('pty', (grant: (() => void) | undefined) => grant?.());
    session.on('env', (grant: (() => void) | undefined) => grant?.());
    session.on('exec', (grant, _reject, info) => {
      const channel = grant();
      channel.on('error', () => undefined);
      builder.run(info.command, channel);
    });
  });
}

process.once('SIGTERM', () => process.exit(0));
process.once('SIGINT', () => process.exit(0));
process.stdout.write(`crowd of ${builders.length} builders at port ${port}\n`);
