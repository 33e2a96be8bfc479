import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { createHttpClient, HttpFailure, type HttpRequest } from '../../../src/adapters/http/request.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { readFile } from 'node:fs/promises';
import { givenDirectory } from '../../support/given-directory.js';

/** A server's answer to the bytes that came so far, on the n-th connection. */
type Talk = (socket: net.Socket, request: { readonly connection: number; readonly nth: number }) => void;

describe('createHttpClient', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  /** A server that speaks by hand, since no HTTP library would say it so. */
  async function given(talk: Talk, server: net.Server = net.createServer()) {
    let connections = 0;
    let requests = 0;
    const open = new Set<net.Socket>();
    server.on(server instanceof https.Server ? 'secureConnection' : 'connection', (socket: net.Socket) => {
      connections += 1;
      const connection = connections;
      let nth = 0;
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        nth += 1;
        requests += 1;
        talk(socket, { connection, nth });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async (): Promise<void> => {
      for (const socket of open) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    };
    stops.push(stop);
    const { port } = server.address() as net.AddressInfo;
    return { port, url: new URL(`http://127.0.0.1:${port}/`), count: () => ({ connections, requests }) };
  }

  const client = createHttpClient({ timeoutMs: 5000 });
  const get = (url: URL, more: Partial<HttpRequest> = {}) =>
    client.request({ method: 'GET', url, maxBytes: 1000, ...more });
  const post = (url: URL) => get(url, { method: 'POST', body: 'x' });

  async function failure(promise: Promise<unknown>): Promise<HttpFailure> {
    const error: unknown = await promise.then(
      () => assert.fail('there was an answer'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HttpFailure, String(error));
    return error;
  }

  const OK = 'HTTP/1.1 200 OK\r\n';
  const WHOLE = `${OK}Content-Length: 2\r\n\r\nok`;

  describe('an answer in a file', () => {
    let directory: Awaited<ReturnType<typeof givenDirectory>>;
    beforeEach(async () => {
      directory = await givenDirectory();
    });
    afterEach(() => directory.remove());
    const save = (url: URL, maxBytes = 1000): ReturnType<typeof client.save> =>
      client.save({ method: 'GET', url, maxBytes }, path.join(directory.path, 'saved'));

    it('has the bytes of a success, and their sha256', async () => {
      const { url } = await given((socket) => socket.end(WHOLE));
      const ofOk = '2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df';
      assert.deepEqual(await save(url), { status: 200, sha256: ofOk });
      assert.equal(await readFile(path.join(directory.path, 'saved'), 'utf8'), 'ok');
    });

    it('is no file of what is not there, and none over another', async () => {
      const { url } = await given((socket) => socket.end('HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno'));
      assert.deepEqual(await save(url), { status: 404, sha256: '' });
      await assert.rejects(readFile(path.join(directory.path, 'saved')), { code: 'ENOENT' });
      const { url: other } = await given((socket) => socket.end(WHOLE));
      await save(other);
      await assert.rejects(save(other), { code: 'EEXIST' });
    });

    it('is cut where it is too long, or ends early', async () => {
      const { url } = await given((socket) => socket.end(`${OK}Content-Length: 3\r\n\r\nok`));
      assert.equal((await failure(save(url))).kind, 'truncated');
      const { url: long } = await given((socket) => socket.end(WHOLE));
      const other = { method: 'GET', url: long, maxBytes: 1 } as const;
      assert.equal((await failure(client.save(other, path.join(directory.path, 'long')))).kind, 'tooLarge');
    });
  });

  describe('an answer', () => {
    const whole: readonly (readonly [string, string])[] = [
      ['of a stated length', `${OK}Content-Length: 2\r\n\r\nok`],
      ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
      [
        'in chunks on a connection that closes',
        `${OK}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      ],
      ['to the end of the connection', `${OK}Connection: close\r\n\r\nok`],
      ['after an interim one', `HTTP/1.1 103 Early Hints\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`],
      ['as HTTP/1.0 has it', 'HTTP/1.0 200 OK\r\n\r\nok'],
    ];
    for (const [what, text] of whole) {
      it(`is read ${what}`, async () => {
        const { url } = await given((socket) => socket.end(text));
        const answer = await get(url);
        assert.deepEqual([answer.status, answer.body.toString()], [200, 'ok']);
      });
    }

    const halves: readonly (readonly [string, string])[] = [
      ['a stated length', `${OK}Content-Length: 9\r\n\r\nok`],
      ['a stated length, on a connection that closes', `${OK}Connection: close\r\nContent-Length: 9\r\n\r\nok`],
      ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
      [
        'chunks, on a connection that closes',
        `${OK}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`,
      ],
      ['a chunk', `${OK}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok`],
    ];
    for (const [what, text] of halves) {
      for (const how of ['end', 'destroySoon'] as const) {
        it(`that ends inside ${what} is none (${how})`, async () => {
          const { url, count } = await given((socket) => void socket.write(text, () => socket[how]()));
          const error = await failure(get(url));
          assert.deepEqual([error.kind, error.message, error.sent], ['truncated', 'the answer ended early', true]);
          assert.equal(count().requests, 1);
        });
      }
    }

    it('has headers in lower case, those that came twice in one', async () => {
      const { url } = await given((socket) => socket.end(`${OK}X-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\n`));
      assert.equal((await get(url)).headers['x-a'], '1, 2');
    });

    it('may have as many bytes as were asked for, and no more', async () => {
      const { url } = await given((socket) => socket.end(`${OK}Connection: close\r\n\r\n${'x'.repeat(1000)}`));
      assert.equal((await get(url)).body.length, 1000);
      const error = await failure(get(url, { maxBytes: 999 }));
      assert.deepEqual([error.kind, error.message], ['tooLarge', 'the answer is larger than 999 bytes']);
    });

    it('that is too large is cut off, and does not run on', async () => {
      let closed = Promise.resolve();
      const { url } = await given((socket) => {
        closed = once(socket, 'close').then(() => undefined);
        socket.write(`${OK}Content-Length: 999999999\r\n\r\n${'x'.repeat(2000)}`);
      });
      assert.equal((await failure(get(url))).kind, 'tooLarge');
      await closed;
    });

    it('is a redirect, too: nothing is followed', async () => {
      const { url, count } = await given((socket) =>
        socket.end('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      );
      const answer = await get(url);
      assert.deepEqual([answer.status, answer.headers['location'], count().requests], [302, '/x', 1]);
    });
  });

  describe('a kept connection', () => {
    it('serves one request after the other', async () => {
      const { url, count } = await given((socket) => socket.write(WHOLE));
      for (let n = 0; n < 3; n += 1) await get(url);
      assert.deepEqual(count(), { connections: 1, requests: 3 });
    });

    it('that the server closes meanwhile costs nothing', async () => {
      const { url } = await given((socket) => socket.end(WHOLE));
      for (let n = 0; n < 3; n += 1) assert.equal((await get(url)).status, 200);
    });

    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      it(`that ends instead of an answer (${how}): a GET goes once more, a POST does not`, async () => {
        const talk: Talk = (socket, { connection, nth }) => {
          if (connection === 1 && nth === 2) socket[how]();
          else socket.write(WHOLE);
        };
        const first = await given(talk);
        await get(first.url);
        assert.equal((await get(first.url)).body.toString(), 'ok');
        assert.deepEqual(first.count(), { connections: 2, requests: 3 });

        const other = await given(talk);
        await get(other.url);
        const error = await failure(post(other.url));
        assert.deepEqual([error.kind, error.sent], ['network', true]);
        assert.deepEqual(other.count(), { connections: 1, requests: 2 });
      });

      it(`is what counts: a new one that ends so is a failure (${how})`, async () => {
        const { url, count } = await given((socket) => socket[how]());
        const error = await failure(get(url));
        assert.deepEqual([error.kind, error.sent], ['network', true]);
        assert.equal(count().requests, 1);
      });
    }
  });

  describe('a failure', () => {
    it('says that nothing was sent where nobody listens', async () => {
      const { url, port } = await given(() => undefined);
      await stops.pop()?.();
      const error = await failure(post(url));
      assert.deepEqual(
        [error.kind, error.message, error.sent],
        ['network', `connect ECONNREFUSED 127.0.0.1:${port}`, false],
      );
      const name = await failure(post(new URL(`http://localhost:${port}/`)));
      assert.match(name.message, /^connect ECONNREFUSED .*127\.0\.0\.1/);
    });

    it('says that a server may have read what it did not answer', async () => {
      const { url } = await given(() => undefined);
      const impatient = createHttpClient({ timeoutMs: 200 });
      const error = await failure(impatient.request({ method: 'POST', url, body: 'x', maxBytes: 10 }));
      assert.deepEqual([error.kind, error.message, error.sent], ['timeout', 'no data for 0.2 s', true]);
    });

    it('comes for silence inside an answer, and for one that never ends', async () => {
      const impatient = createHttpClient({ timeoutMs: 200 });
      const silent = await given((socket) => socket.write(`${OK}\r\nx`));
      const error = await failure(impatient.request({ method: 'GET', url: silent.url, maxBytes: 10 }));
      assert.deepEqual([error.kind, error.message, error.sent], ['timeout', 'no data for 0.2 s', true]);
      const timers: NodeJS.Timeout[] = [];
      const endless = await given((socket) => {
        socket.write(`${OK}\r\n`);
        timers.push(setInterval(() => socket.write('x'), 5));
      });
      const late = await failure(impatient.request({ method: 'GET', url: endless.url, maxBytes: 1e6 }));
      for (const timer of timers) clearInterval(timer);
      assert.deepEqual([late.kind, late.message], ['timeout', 'no complete answer in 2 s']);
    });

    it('comes for something else than HTTP', async () => {
      const { url } = await given((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
      assert.equal((await failure(get(url))).kind, 'network');
    });
  });

  describe('a signal', () => {
    it('ends a request with its reason, before it and inside its answer', async () => {
      const abort = new AbortController();
      const { url, count } = await given((socket) => {
        socket.write(`${OK}Content-Length: 9\r\n\r\nok`, () => abort.abort(new Error('enough')));
      });
      const early = AbortSignal.abort(new Error('not now'));
      await assert.rejects(get(url, { signal: early }), { message: 'not now' });
      assert.equal(count().requests, 0);
      await assert.rejects(get(url, { signal: abort.signal }), { message: 'enough' });
    });
  });

  describe('over TLS', () => {
    let directory: Awaited<ReturnType<typeof givenDirectory>>;
    let secure: { key: string; cert: string };
    before(async () => {
      directory = await givenDirectory();
      const [key, cert] = [path.join(directory.path, 'key'), path.join(directory.path, 'cert')];
      const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      const made = await runCommand('openssl', [...args, ...subject], { timeoutMs: 60_000 });
      assert.equal(made.code, 0, made.summary);
      secure = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    });
    after(() => directory.remove());

    it('a certificate that nobody vouches for is refused, and nothing is sent', async () => {
      const { port, count } = await given((socket) => socket.write(WHOLE), https.createServer(secure));
      const error = await failure(post(new URL(`https://localhost:${port}/`)));
      assert.deepEqual([error.kind, error.sent], ['network', false]);
      assert.match(error.message, /^self-signed certificate/); // Node 24 adds what to try
      assert.equal(count().requests, 0);
    });
  });
});
