import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { ServerChannel } from 'ssh2';
import { createSshShell } from '../../../src/adapters/ssh/remote-shell.js';
import type { BuilderAddress, RemoteSession, RemoteShell } from '../../../src/ports/build/remote-shell.js';
import { startFaultySshServer } from './faulty-ssh-server.js';
import type { FaultySshServer } from './faulty-ssh-server.js';
import { keygen, startOpenSshServer } from './open-ssh-server.js';
import type { OpenSshServer } from './open-ssh-server.js';
import { freePorts } from '../../support/free-ports.js';

const LIMIT = { timeoutMs: 30_000 };

describe('createSshShell', () => {
  let server: OpenSshServer;
  let shell: RemoteShell;
  const sessions: RemoteSession[] = [];
  const faulty: FaultySshServer[] = [];

  before(async () => {
    server = await startOpenSshServer();
    shell = createSshShell({ configFile: server.configFile, user: server.user });
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.close();
    await Promise.all(faulty.splice(0).map((one) => one.stop()));
  });
  after(() => server.stop());

  async function connect(builder: Partial<BuilderAddress> = {}): Promise<RemoteSession> {
    const session = await shell.connect({ host: '127.0.0.1', port: server.port, hostKey: null, ...builder }, {});
    sessions.push(session);
    return session;
  }

  async function connectToFaulty(
    onExec?: (channel: ServerChannel, connection: { end: () => void }) => void,
    options: { port?: number; key?: string } = {},
  ): Promise<RemoteSession> {
    const key = path.join(server.directory, options.key ?? 'host_ed25519');
    const one = await startFaultySshServer({
      hostKey: await readFile(key, 'utf8'),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(onExec === undefined ? {} : { onExec }),
    });
    faulty.push(one);
    return connect({ port: one.port });
  }

  describe('connect', () => {
    it('learns the ed25519 host key', async () => {
      assert.equal((await connect()).hostKey, server.ed25519);
    });

    it('accepts the pinned key, whichever of the host’s keys it is', async () => {
      assert.equal((await connect({ hostKey: server.ed25519 })).hostKey, server.ed25519);
      assert.equal((await connect({ hostKey: `${server.ecdsa} a comment` })).hostKey, server.ecdsa);
    });

    it('refuses another machine under the same address', async () => {
      await keygen(path.join(server.directory, 'other_host'), 'ed25519');
      const other = await connectToFaulty(undefined, { key: 'other_host' });
      const { port } = faulty[0] ?? assert.fail();
      other.close();
      await assert.rejects(connect({ port, hostKey: server.ed25519 }), { code: 'BuilderChanged', retryable: false });
      // A machine that has no key of the pinned type at all is another one too.
      await assert.rejects(connect({ port, hostKey: server.ecdsa }), { code: 'BuilderChanged' });
      assert.equal((await connect({ port, hostKey: other.hostKey })).hostKey, other.hostKey);
    });

    it('tries the identity files in order', async () => {
      await keygen(path.join(server.directory, 'stranger'), 'ed25519');
      const configFile = path.join(server.directory, 'two_keys');
      const lines = ['stranger', 'id'].map((name) => `IdentityFile "${path.join(server.directory, name)}"`);
      await writeFile(configFile, lines.join('\n'));
      const two = createSshShell({ configFile, user: server.user });
      const session = await two.connect({ host: '127.0.0.1', port: server.port, hostKey: null }, {});
      session.close();
    });

    it('names user and keys when nobody lets it in', async () => {
      const configFile = path.join(server.directory, 'wrong_key');
      await keygen(path.join(server.directory, 'nobody'), 'ed25519');
      await writeFile(configFile, `IdentityFile "${path.join(server.directory, 'nobody')}"`);
      const wrong = createSshShell({ configFile, user: server.user });
      await assert.rejects(wrong.connect({ host: '127.0.0.1', port: server.port, hostKey: null }, {}), {
        code: 'BuilderUnreachable',
        retryable: true,
        message: new RegExp(`127.0.0.1:${server.port}: user ${server.user} was not let in with .*nobody`),
      });
    });

    it('says which address refuses connections', async () => {
      const { port } = await freePorts(['port']);
      await assert.rejects(connect({ port }), {
        code: 'BuilderUnreachable',
        refused: true,
        message: `ssh to 127.0.0.1:${port}: ECONNREFUSED`,
      });
    });

    it('gives up on a peer that says nothing, and on one that hangs up', async () => {
      const configFile = path.join(server.directory, 'impatient');
      await writeFile(configFile, `ConnectTimeout 1\nIdentityFile "${path.join(server.directory, 'id')}"`);
      const impatient = createSshShell({ configFile, user: server.user });
      const open = new Set<net.Socket>();
      let hangUp = false;
      const silent = net.createServer((socket) => {
        open.add(socket.on('error', () => undefined));
        if (hangUp) socket.destroy();
      });
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = { host: '127.0.0.1', port: (silent.address() as net.AddressInfo).port, hostKey: null };
      await assert.rejects(impatient.connect(address, {}), {
        code: 'BuilderUnreachable',
        refused: false,
        message: /handshake/,
      });
      hangUp = true;
      await assert.rejects(impatient.connect(address, {}), { code: 'BuilderUnreachable' });
      for (const socket of open) socket.destroy();
      silent.close();
    });

    it('stops for a signal during the handshake', async () => {
      const abort = new AbortController();
      const silent = net.createServer((socket) => {
        socket.on('error', () => undefined).once('close', () => silent.close());
        abort.abort(new Error('enough'));
      });
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = { host: '127.0.0.1', port: (silent.address() as net.AddressInfo).port, hostKey: null };
      await assert.rejects(shell.connect(address, { signal: abort.signal }), { message: 'enough' });
      await once(silent, 'close');
      await assert.rejects(shell.connect(address, { signal: abort.signal }), { message: 'enough' });
    });
  });

  describe('run', () => {
    it('gives status, stdout and stderr apart, without a terminal', async () => {
      const session = await connect();
      const command = 'printf "a\\r\\nb"; printf oops >&2; test -t 1 && echo terminal; exit 7';
      assert.deepEqual(await session.run(command, LIMIT), { code: 7, signal: null, stdout: 'a\nb', stderr: 'oops' });
      assert.deepEqual(await session.run('kill -TERM $$', LIMIT), {
        code: null,
        signal: 'SIGTERM',
        stdout: '',
        stderr: '',
      });
    });

    it('cuts each stream and replaces what is not UTF-8', async () => {
      const session = await connect();
      const long = await session.run(
        'head -c 300000 /dev/zero | tr "\\0" x; head -c 300000 /dev/zero | tr "\\0" y >&2',
        LIMIT,
      );
      assert.equal(long.stdout, 'x'.repeat(10_240));
      assert.equal(long.stderr, 'y'.repeat(10_240));
      assert.equal((await session.run('printf 12345', { ...LIMIT, maxBytes: 3 })).stdout, '123');
      assert.equal((await session.run('printf "a\\377b"', LIMIT)).stdout, 'a\ufffdb');
    });

    it('runs several commands at once over one connection', async () => {
      const session = await connect();
      const results = await Promise.all([1, 2, 3, 4, 5].map((n) => session.run(`echo ${n}`, LIMIT)));
      assert.deepEqual(
        results.map(({ stdout }) => stdout),
        ['1\n', '2\n', '3\n', '4\n', '5\n'],
      );
    });

    it('gives up a command that takes too long, and the session goes on', async () => {
      const session = await connect();
      await assert.rejects(session.run('exec sleep 600', { timeoutMs: 50 }), {
        code: 'BuilderUnreachable',
        retryable: true,
        message: `ssh to 127.0.0.1:${server.port}: "exec sleep 600": no end after 0.05 s`,
      });
      assert.equal((await session.run('echo on', LIMIT)).stdout, 'on\n');
    });

    it('gives up on a server that does not even answer the request', async () => {
      const session = await connectToFaulty();
      await assert.rejects(session.run('x'.repeat(500), { timeoutMs: 50 }), (error: Error) => {
        assert.match(error.message, /"x{200}": no end after/);
        return true;
      });
    });

    it('rejects when the connection breaks, and when it is broken already', async () => {
      const session = await connectToFaulty((_channel, connection) => connection.end());
      await assert.rejects(session.run('true', LIMIT), {
        code: 'BuilderUnreachable',
        message: /"true": the connection broke/,
      });
      await assert.rejects(session.run('true', LIMIT), { code: 'BuilderUnreachable' });
    });

    it('does not take a closed channel for a status', async () => {
      const session = await connectToFaulty((channel) => channel.close());
      await assert.rejects(session.run('true', LIMIT), {
        code: 'BuilderUnreachable',
        message: /closed before the command ended/,
      });
    });

    it('stops for a signal with its reason', async () => {
      const session = await connect();
      const abort = new AbortController();
      const running = session.run('exec sleep 600', { ...LIMIT, signal: abort.signal });
      abort.abort(new Error('canceled'));
      await assert.rejects(running, { message: 'canceled' });
      await assert.rejects(session.run('true', { ...LIMIT, signal: abort.signal }), { message: 'canceled' });
    });
  });

  describe('stream', () => {
    it('hands out every byte in order, one chunk at a time', async () => {
      const session = await connect();
      const chunks: Buffer[] = [];
      let busy = 0;
      const command =
        'i=0; while [ $i -lt 300 ]; do head -c 10007 /dev/zero | tr "\\0" "$(printf "\\\\%03o" $((i % 200 + 33)))"; i=$((i+1)); done; printf x >&2; exit 3';
      const end = await session.stream(command, {
        onData: async (chunk) => {
          busy += 1;
          assert.equal(busy, 1);
          await new Promise((resolve) => setImmediate(resolve));
          chunks.push(chunk);
          busy -= 1;
        },
      });
      assert.deepEqual(end, { code: 3 });
      const expected = Buffer.concat(Array.from({ length: 300 }, (_, i) => Buffer.alloc(10_007, (i % 200) + 33)));
      assert.ok(Buffer.concat(chunks).equals(expected));
    });

    it('makes the remote side wait while a chunk is worked on', async () => {
      const session = await connect();
      const marker = path.join(server.directory, 'written');
      await mkdir(path.dirname(marker), { recursive: true });
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let first: () => void = () => undefined;
      const began = new Promise<void>((resolve) => (first = resolve));
      let bytes = 0;
      const streaming = session.stream(`head -c 50000000 /dev/zero; touch ${marker}`, {
        onData: async (chunk) => {
          bytes += chunk.length;
          first();
          await held;
        },
      });
      await began;
      // More than the channel's window cannot have left the builder while the first chunk is held.
      const look = await session.run(`test -e ${marker} && echo done || echo waits`, LIMIT);
      assert.equal(look.stdout, 'waits\n');
      release();
      assert.deepEqual(await streaming, { code: 0 });
      assert.equal(bytes, 50_000_000);
    });

    it('delivers what came before a drop, and nothing after the rejection', async () => {
      const session = await connectToFaulty((channel, connection) => {
        channel.write('half a li');
        setImmediate(() => connection.end());
      });
      const seen: string[] = [];
      const streaming = session.stream('follow', {
        onData: (chunk) => Promise.resolve(void seen.push(chunk.toString())),
      });
      await assert.rejects(streaming, { code: 'BuilderUnreachable', retryable: true });
      assert.deepEqual(seen, ['half a li']);
    });

    it('rejects with the error of the one who takes the data', async () => {
      const session = await connect();
      const streaming = session.stream('yes', { onData: () => Promise.reject(new Error('disk full')) });
      await assert.rejects(streaming, { message: 'disk full' });
      assert.equal((await session.run('echo on', LIMIT)).stdout, 'on\n');
    });

    it('stops for a signal, and the remote program ends', async () => {
      const session = await connect();
      const abort = new AbortController();
      const pidFile = path.join(server.directory, 'pid');
      let calls = 0;
      const streaming = session.stream(`echo $$ > ${pidFile}; exec yes`, {
        signal: abort.signal,
        onData: async () => {
          calls += 1;
          abort.abort(new Error('canceled'));
          await Promise.resolve();
        },
      });
      await assert.rejects(streaming, { message: 'canceled' });
      assert.equal(calls, 1);
      const gone = await session.run(
        `while kill -0 $(cat ${pidFile}) 2>/dev/null; do sleep 0.05; done; echo gone`,
        LIMIT,
      );
      assert.equal(gone.stdout, 'gone\n');
      assert.equal(calls, 1);
    });
  });

  describe('close', () => {
    it('ends running commands, and may be called again', async () => {
      const session = await connect();
      const running = session.run('exec sleep 600', LIMIT);
      const streaming = session.stream('exec sleep 600', { onData: () => Promise.resolve() });
      const ends = Promise.all([
        assert.rejects(running, { code: 'BuilderUnreachable', message: /the session was closed/ }),
        assert.rejects(streaming, { code: 'BuilderUnreachable' }),
      ]);
      session.close();
      session.close();
      await ends;
    });
  });
});
