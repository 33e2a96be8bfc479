import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { createResalloc } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { decodeResponse, encodeCall } from '../../../src/adapters/resalloc-xmlrpc/xmlrpc.js';
import type { XmlRpcParam, XmlRpcValue } from '../../../src/adapters/resalloc-xmlrpc/xmlrpc.js';
import type { Resalloc } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import type { PortFailure } from '../../../src/ports/port-failure.js';

const ORACLE = new URL('../../fixtures/resalloc_oracle.py', import.meta.url).pathname;

describe('createResalloc', () => {
  let oracle: ChildProcess;
  let url: string;
  let pool: Resalloc;

  before(async () => {
    oracle = spawn('python3', [ORACLE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(oracle.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    url = `http://127.0.0.1:${Number(line.toString())}`;
    pool = createResalloc({ url });
  });
  after(async () => {
    oracle.kill();
    await once(oracle, 'exit');
  });

  /** A call that the port does not have, to the oracle's own methods. */
  async function ask(method: string, ...params: XmlRpcParam[]): Promise<XmlRpcValue> {
    const answer = await fetch(`${url}/RPC2`, { method: 'POST', body: encodeCall(method, params) });
    return decodeResponse(await answer.text());
  }

  it('takes a ticket with sorted unique tags', async () => {
    const ticket = await pool.take({
      tags: ['copr_builder', 'arch_x86_64', 'copr_builder'],
      sandbox: 'a/b--<&>ü"',
    });
    assert.ok(ticket >= 17);
    assert.deepEqual(await ask('shown', ticket), [['arch_x86_64', 'copr_builder'], ['a/b--<&>ü"']]);
  });

  it('leaves the sandbox out when there is none', async () => {
    for (const sandbox of [null, '']) {
      assert.deepEqual(await ask('shown', await pool.take({ tags: ['t'], sandbox })), [['t'], []]);
    }
  });

  it('follows a ticket from waiting to closed', async () => {
    const ticket = await pool.take({ tags: [], sandbox: null });
    assert.deepEqual(await pool.collect(ticket), { state: 'waiting' });
    await ask('setState', ticket, 'open');
    const ready = await pool.collect(ticket);
    assert.match(
      ready.state === 'ready' ? ready.output : '',
      /^---\nhost: 127.0.0.1\nname: lokal_ä_.*\nssh_port: 2222\n$/s,
    );
    await ask('setState', ticket, 'failed');
    assert.deepEqual(await pool.collect(ticket), { state: 'failed', hadBuilder: true });
    await pool.close(ticket);
    await pool.close(ticket);
    assert.deepEqual(await pool.collect(ticket), { state: 'closed' });
  });

  it('knows tickets that the server does not know', async () => {
    assert.deepEqual(await pool.collect(999), { state: 'vanished' });
    await pool.close(999);
  });

  it('hands a fault on as unavailable; no ticket was taken then', async () => {
    await assert.rejects(pool.take({ tags: ['explode'], sandbox: null }), (error: PortFailure) => {
      assert.equal(error.code, 'ResallocUnavailable');
      assert.equal(error.retryable, true);
      assert.match(error.message, /fault 1: .*database is locked/);
      assert.doesNotMatch(error.message, /may have been taken/);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  });

  it('refuses what XML cannot carry', async () => {
    for (const tag of ['a\u0000b', 'a\u001b', 'a\ud800', '\uffff']) {
      await assert.rejects(pool.take({ tags: [tag], sandbox: null }), { code: 'TaskInvalid', retryable: false });
    }
  });
});

describe('createResalloc without an answer', () => {
  let server: http.Server | undefined;

  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    if (server !== undefined) await once(server, 'close');
    server = undefined;
  });

  async function poolAt(handler: http.RequestListener, timeoutMs = 30_000): Promise<Resalloc> {
    server = http.createServer(handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return createResalloc({
      url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/RPC2`,
      timeoutMs,
    });
  }

  const cases: readonly [string, http.RequestListener, number?][] = [
    ['a dropped connection', (request) => request.socket.destroy()],
    ['silence', () => undefined, 50],
    ['an error page', (_request, response) => response.writeHead(500).end('<html>')],
    ['HTML', (_request, response) => response.end('<html><body>hello</body></html>')],
    ['half an answer', (_request, response) => response.end('<methodResponse><params><param><value><int>1</int>')],
    [
      'a ticket that is none',
      (_request, response) =>
        response.end('<methodResponse><params><param><value><nil/></value></param></params></methodResponse>'),
    ],
    ['a flood', (_request, response) => response.end('x'.repeat(1024 * 1024 + 1))],
  ];
  for (const [what, handler, timeoutMs] of cases) {
    it(`says that a ticket may have been taken after ${what}`, async () => {
      const pool = await poolAt(handler, timeoutMs);
      await assert.rejects(pool.take({ tags: [], sandbox: null }), {
        code: 'ResallocUnavailable',
        retryable: true,
        message: /may have been taken/,
      });
      await assert.rejects(pool.collect(1), (error: PortFailure) => {
        assert.equal(error.code, 'ResallocUnavailable');
        assert.doesNotMatch(error.message, /may have been taken/);
        return true;
      });
      // The answer of `close` means nothing, as long as there is one.
      if (what !== 'a ticket that is none') await assert.rejects(pool.close(1), { code: 'ResallocUnavailable' });
    });
  }

  it('knows tickets that the server does not know, also where that is a fault', async () => {
    const member = (name: string, value: string): string =>
      `<member><name>${name}</name><value>${value}</value></member>`;
    const text = "&lt;class 'ServerAPIException'&gt;:no such ticket 999";
    const fault = `${member('faultCode', '<int>1</int>')}${member('faultString', `<string>${text}</string>`)}`;
    const pool = await poolAt((_request, response) => {
      response.end(`<methodResponse><fault><value><struct>${fault}</struct></value></fault></methodResponse>`);
    });
    assert.deepEqual(await pool.collect(999), { state: 'vanished' });
    await pool.close(999);
  });

  it('knows that nothing was taken where nobody listened', async () => {
    const pool = await poolAt(() => undefined);
    const { port } = server?.address() as net.AddressInfo;
    server?.close();
    if (server !== undefined) await once(server, 'close');
    server = undefined;
    await assert.rejects(pool.take({ tags: [], sandbox: null }), (error: PortFailure) => {
      assert.equal(error.message, `Resalloc takeTicket: connect ECONNREFUSED 127.0.0.1:${port}`);
      return true;
    });
  });

  it('keeps its connection when the server does', async () => {
    const sockets = new Set<unknown>();
    const pool = await poolAt((request, response) => {
      sockets.add(request.socket);
      response.end('<methodResponse><params><param><value><int>5</int></value></param></params></methodResponse>');
    });
    for (let n = 0; n < 3; n += 1) assert.equal(await pool.take({ tags: [], sandbox: null }), 5);
    assert.equal(sockets.size, 1);
  });
});
