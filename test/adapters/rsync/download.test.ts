import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRsync, type Rsync } from '../../../src/adapters/rsync/download.js';
import { shellQuote } from '../../../src/adapters/ssh/quote.js';
import { BuilderUnreachable } from '../../../src/ports/build/builder-unreachable.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { keygen, startOpenSshServer } from '../ssh/open-ssh-server.js';
import type { OpenSshServer } from '../ssh/open-ssh-server.js';

const MIB = 1024 * 1024;

describe('createRsync', () => {
  let server: OpenSshServer;
  let home: string;
  let source: string;
  let destination: string;
  let stateDir: string;

  before(async () => {
    // A space in every path that ends in rsync's -e.
    server = await startOpenSshServer({ space: true });
  });
  after(() => server.stop());
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), "copr rsync 100% it's "));
    source = path.join(home, 'results of a build');
    destination = path.join(home, 'staging', 'one');
    stateDir = path.join(home, 'state');
    await mkdir(path.join(source, 'sub'), { recursive: true });
    await mkdir(path.dirname(destination));
    await writeFile(path.join(source, 'hello.rpm'), 'rpm');
    await writeFile(path.join(source, 'sub', 'log'), 'line\n');
  });
  afterEach(async () => {
    // Nothing of a download stays behind, however it ended.
    assert.deepEqual(await readdir(stateDir).catch(() => []), []);
    await rm(home, { recursive: true, force: true });
  });

  type Overrides = Partial<Parameters<Rsync['download']>[0]> & {
    hostKey?: string;
    port?: number | null;
    config?: string;
  };

  function download(overrides: Overrides = {}): ReturnType<Rsync['download']> {
    const { hostKey = server.ed25519, port = server.port, config = server.configFile, ...rest } = overrides;
    const sync = createRsync({ configFile: config, user: server.user, stateDir });
    return sync.download({
      from: { host: '127.0.0.1', port, hostKey },
      source,
      destination,
      logFile: path.join(home, 'rsync.log'),
      maxBytes: MIB,
      ...rest,
    });
  }

  async function refusal(promise: Promise<unknown>): Promise<PortFailure> {
    const error: unknown = await promise.then(
      () => assert.fail('nothing was refused'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof PortFailure, String(error));
    return error;
  }

  it('copies files and directories with our modes, and logs what it did', async () => {
    await chmod(path.join(source, 'hello.rpm'), 0o4711);
    await chmod(path.join(source, 'sub'), 0o700);
    await link(path.join(source, 'hello.rpm'), path.join(source, 'sub', 'same'));
    await writeFile(path.join(source, ' odd -> näme  '), 'x');
    const umask = process.umask(0o077);
    try {
      assert.deepEqual(await download(), { files: 4, bytes: 3 + 5 + 3 + 1 });
    } finally {
      process.umask(umask);
    }
    assert.equal(await readFile(path.join(destination, 'sub', 'log'), 'utf8'), 'line\n');
    assert.equal(await readFile(path.join(destination, ' odd -> näme  '), 'utf8'), 'x');
    const facts = await stat(path.join(destination, 'hello.rpm'));
    assert.equal(facts.mode & 0o7777, 0o644);
    assert.equal(facts.ino, (await stat(path.join(destination, 'sub', 'same'))).ino);
    assert.equal((await stat(path.join(destination, 'sub'))).mode & 0o7777, 0o755);
    assert.match(await readFile(path.join(home, 'rsync.log'), 'utf8'), /hello\.rpm/);
  });

  it('may be repeated into the same place', async () => {
    await download();
    await writeFile(path.join(source, 'more'), 'm');
    assert.deepEqual(await download({ source: `${source}/` }), { files: 3, bytes: 9 });
  });

  it('keeps links that stay inside, and only those', async () => {
    await writeFile(path.join(home, 'secret'), 's');
    await symlink('hello.rpm', path.join(source, 'inner'));
    await symlink('../hello.rpm', path.join(source, 'sub', 'up'));
    await symlink('/etc/passwd', path.join(source, 'absolute'));
    await symlink('../../secret', path.join(source, 'sub', 'outer'));
    await symlink('nowhere', path.join(source, 'dangling'));
    // Neither looks as if it led out: `here` is the directory itself, and one step up from it is outside.
    await symlink('.', path.join(source, 'sub', 'here'));
    await symlink('here/../../../../secret', path.join(source, 'sub', 'sly'));
    await download();
    const names = await readdir(destination, { recursive: true });
    assert.deepEqual(names.sort(), ['hello.rpm', 'inner', 'sub', 'sub/log', 'sub/up']);
    assert.ok((await lstat(path.join(destination, 'inner'))).isSymbolicLink());
  });

  it('counts a sparse file in full, before anything is copied', async () => {
    await writeFile(path.join(source, 'sparse'), '');
    await truncate(path.join(source, 'sparse'), 5_000_000_000);
    const failure = await refusal(download());
    assert.equal(failure.code, 'ResultsTooLarge');
    assert.equal(failure.retryable, false);
    assert.match(
      failure.message,
      /5000000008 bytes, more than the 1048576 allowed; the biggest is "sparse" with 5000000000/,
    );
    assert.deepEqual(await readdir(destination), []);
  });

  /** A builder that runs `change` between the listing and the copy. */
  async function lyingBuilder(change: string): Promise<string> {
    const file = (name: string): string => path.join(server.directory, name);
    await rm(file('liar'), { force: true });
    await keygen(file('liar'), 'ed25519');
    const script = `if test -e ${shellQuote(file('asked'))}; then\n${change}\nfi\n: > ${shellQuote(file('asked'))}
eval "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed 's/ --server / --server --bwlimit=4096 /')"\n`;
    await rm(file('asked'), { force: true });
    await writeFile(file('liar.sh'), script);
    const key = await readFile(file('liar.pub'), 'utf8');
    const authorized = await readFile(file('id.pub'), 'utf8');
    await writeFile(file('authorized'), `${authorized}command="sh '${file('liar.sh')}'" ${key}`);
    await writeFile(file('liar_config'), `IdentityFile "${file('liar')}"\nIdentitiesOnly yes\n`);
    return file('liar_config');
  }

  it('stops a copy that outgrows what the listing said, while it runs', async () => {
    for (let n = 0; n < 40; n += 1) await writeFile(path.join(source, `part-${n}`), 'x');
    const config = await lyingBuilder(`truncate -s 1000000 ${shellQuote(source)}/part-*`);
    const failure = await refusal(download({ config, maxBytes: 2_000_000 }));
    assert.equal(failure.code, 'ResultsTooLarge');
    const copied = (await readdir(destination)).length;
    assert.ok(copied > 0 && copied < 40, `${copied} of 40 files were copied`);
  });

  it('misses a file that changed after the listing so that it did not come along', async () => {
    const config = await lyingBuilder(`truncate -s 3000000 ${shellQuote(source)}/hello.rpm`);
    const failure = await refusal(download({ config, maxBytes: 2_000_000 }));
    assert.equal(failure.code, 'DownloadFailed');
    assert.match(failure.message, /1 listed files did not arrive, such as "hello.rpm"/);
  });

  it('looks again for what came after the listing', async () => {
    const config = await lyingBuilder(`printf x > ${shellQuote(source)}/"$(printf 'late\\033')"`);
    const failure = await refusal(download({ config }));
    assert.equal(failure.code, 'ResultsInvalid');
    assert.match(failure.message, /late/);
  });

  for (const [what, make] of [
    ['a fifo', (file: string) => execFileSync('mkfifo', [file])],
    ['a device', (file: string) => execFileSync('mknod', [file, 'c', '1', '3'])],
    ['a line feed in a name', (file: string) => writeFile(`${file}\nx`, '')],
    ['an escape sequence in a name', (file: string) => writeFile(`${file}\x1b[2J`, '')],
    ['what looks like an escaped name', (file: string) => writeFile(`${file}\\#012`, '')],
    [
      'bytes that are no UTF-8 in a name',
      (file: string) => writeFile(Buffer.concat([Buffer.from(file), Buffer.from([0xff])]), ''),
    ],
  ] as const) {
    it(`refuses ${what}`, async function () {
      if (what === 'a device' && process.getuid?.() !== 0) this.skip();
      await make(path.join(source, 'sub', 'odd'));
      const failure = await refusal(download());
      assert.equal(failure.code, 'ResultsInvalid');
      assert.match(failure.message, /sub\/odd/);
      assert.deepEqual(await readdir(destination), []);
    });
  }

  it('refuses a socket', async () => {
    // Short, because the path of a socket is bounded.
    const directory = await mkdtemp(path.join(tmpdir(), 's'));
    const listener = net.createServer().listen(path.join(directory, 'sock'));
    try {
      await new Promise((resolve) => listener.once('listening', resolve));
      assert.equal((await refusal(download({ source: directory }))).code, 'ResultsInvalid');
    } finally {
      listener.close();
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('insists on the pinned host key', async () => {
    await keygen(path.join(home, 'other'), 'ed25519');
    const hostKey = (await readFile(path.join(home, 'other.pub'), 'utf8')).trim();
    const failure = await refusal(download({ hostKey }));
    assert.equal(failure.code, 'BuilderChanged');
    assert.equal(failure.retryable, false);
    await keygen(path.join(home, 'rsa'), 'rsa');
    const rsa = (await readFile(path.join(home, 'rsa.pub'), 'utf8')).trim();
    assert.equal((await refusal(download({ hostKey: rsa }))).code, 'BuilderChanged');
    assert.deepEqual(await download({ hostKey: server.ecdsa }), { files: 2, bytes: 8 });
  });

  it('tells a builder that is gone from a directory that is missing', async () => {
    const gone = await refusal(download({ port: 1 }));
    assert.equal(gone.code, 'BuilderUnreachable');
    assert.equal(gone.retryable, true);
    assert.match(gone.message, /127\.0\.0\.1:1 .*refused/i);
    assert.ok(gone instanceof BuilderUnreachable && gone.refused);
    const missing = await refusal(download({ source: path.join(home, 'missing') }));
    assert.equal(missing.code, 'DownloadFailed');
    assert.equal(missing.retryable, true);
    assert.match(missing.message, /No such file or directory/);
    assert.match(await readFile(path.join(home, 'rsync.log'), 'utf8'), /No such file or directory/);
  });

  it('does not run what a host name, a source or a key brings along', async () => {
    const sync = createRsync({ configFile: server.configFile, user: server.user, stateDir });
    const request = { source, destination, logFile: path.join(home, 'log'), maxBytes: MIB };
    const from = { host: `-oProxyCommand=touch ${home}/hacked`, port: null, hostKey: server.ed25519 };
    assert.equal((await refusal(sync.download({ ...request, from }))).code, 'BuilderUnreachable');
    await refusal(download({ source: `/nowhere; touch '${home}/hacked' $(touch '${home}/hacked')` }));
    await refusal(download({ hostKey: `${server.ed25519}\n* ssh-ed25519 AAAA` }));
    assert.ok(!(await readdir(home)).includes('hacked'));
  });

  it('tells progress and stops for a signal', async () => {
    // A peer that accepts and says nothing: rsync waits for ssh, ssh for the peer.
    const silent = net.createServer((socket) => socket.on('error', () => undefined).resume());
    silent.listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const abort = new AbortController();
    let beats = 0;
    const running = download({
      port: (silent.address() as net.AddressInfo).port,
      signal: abort.signal,
      onProgress: () => {
        beats += 1;
        if (beats === 2) abort.abort(new Error('canceled'));
      },
    });
    await assert.rejects(running, { message: 'canceled' });
    assert.equal(beats, 2);
    await new Promise((resolve) => silent.close(resolve));
    await assert.rejects(download({ signal: abort.signal }), { message: 'canceled' });
  });
});

describe('createRsync over IPv6', () => {
  it('brackets a literal address', async function () {
    const server = await startOpenSshServer({ address: '::1' }).catch(() => null);
    if (server === null) return this.skip();
    try {
      await mkdir(path.join(server.directory, 'from'));
      await writeFile(path.join(server.directory, 'from', 'a'), 'a');
      const sync = createRsync({ configFile: server.configFile, user: server.user, stateDir: server.directory });
      const done = await sync.download({
        from: { host: '::1', port: server.port, hostKey: server.ed25519 },
        source: path.join(server.directory, 'from'),
        destination: path.join(server.directory, 'to'),
        logFile: path.join(server.directory, 'log'),
        maxBytes: MIB,
      });
      assert.deepEqual(done, { files: 1, bytes: 1 });
    } finally {
      await server.stop();
    }
  });
});
