import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSshSettings } from '../../../src/adapters/ssh/settings.js';
import type { ReadSshSettings } from '../../../src/adapters/ssh/settings.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { keygen } from './open-ssh-server.js';

describe('createSshSettings', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'copr settings '));
    await keygen(path.join(directory, 'first'), 'ed25519');
    await keygen(path.join(directory, 'second'), 'ecdsa');
    await keygen(path.join(directory, 'locked'), 'ed25519', 'secret words');
    await keygen(path.join(directory, 'builder.example.org'), 'ed25519');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function withConfig(lines: readonly string[], user = 'mockbuilder'): Promise<ReadSshSettings> {
    const configFile = path.join(directory, 'config');
    await writeFile(configFile, lines.map((line) => line.replaceAll('DIR', directory)).join('\n'));
    return createSshSettings({ configFile, user });
  }

  it('reads what OpenSSH makes of the file, keys in order, those that exist', async () => {
    const read = await withConfig([
      'Host *.example.org',
      '  HostName 127.0.0.9',
      '  Port 2200',
      '  User other',
      '  ConnectTimeout 7',
      '  ServerAliveInterval 11',
      '  ServerAliveCountMax 5',
      'Host *',
      '  IdentityFile "DIR/second"',
      '  IdentityFile "DIR/missing"',
      '  IdentityFile "DIR/first"',
    ]);
    const { keys, ...settings } = await read({ host: 'builder.example.org', port: null });
    assert.deepEqual(
      keys.map((key) => key.path),
      [path.join(directory, 'second'), path.join(directory, 'first')],
    );
    assert.deepEqual(settings, {
      host: '127.0.0.9',
      port: 2200,
      // The user of the command line wins, as it does for ssh itself.
      user: 'mockbuilder',
      agent: null,
      unusable: [],
      connectTimeoutMs: 7000,
      keepaliveIntervalMs: 11_000,
      keepaliveCountMax: 5,
    });
  });

  it('prefers the port that the pool named, and keeps ports of one host apart', async () => {
    const read = await withConfig(['Port 2200', 'IdentityFile "DIR/first"']);
    const ports = [2222, 2223, 2222, null];
    const settings = await Promise.all(ports.map((port) => read({ host: '::1', port })));
    assert.deepEqual(
      settings.map(({ host, port }) => [host, port]),
      [2222, 2223, 2222, 2200].map((port) => ['::1', port]),
    );
  });

  it('expands the tokens of an identity file', async () => {
    const read = await withConfig(['IdentityFile "DIR/%h"']);
    assert.equal(
      (await read({ host: 'builder.example.org', port: null })).keys[0]?.path,
      path.join(directory, 'builder.example.org'),
    );
  });

  it('names keys that it cannot use', async () => {
    const read = await withConfig(['IdentityFile "DIR/locked"']);
    await assert.rejects(read({ host: 'b', port: null }), (error: unknown) => {
      assert.ok(error instanceof PortFailure);
      assert.equal(error.code, 'ConfigurationInvalid');
      assert.match(error.message, /locked \(encrypted with a passphrase/);
      return true;
    });
    const both = await withConfig(['IdentityFile "DIR/locked"', 'IdentityFile "DIR/first"']);
    const settings = await both({ host: 'b', port: null });
    assert.equal(settings.keys.length, 1);
    assert.equal(settings.unusable.length, 1);
  });

  it('says what it does not support, and what ssh does not understand', async () => {
    const proxy = await withConfig(['IdentityFile "DIR/first"', 'ProxyJump gate.example.org']);
    await assert.rejects(proxy({ host: 'b', port: null }), /proxyjump gate.example.org is not supported/);
    const broken = await withConfig(['NoSuchKeyword yes']);
    await assert.rejects(broken({ host: 'b', port: null }), { code: 'ConfigurationInvalid', retryable: true });
    const absent = createSshSettings({ configFile: path.join(directory, 'absent'), user: 'u' });
    await assert.rejects(absent({ host: 'b', port: null }), { code: 'ConfigurationInvalid' });
  });

  it('asks anew after a refusal', async () => {
    const read = await withConfig(['NoSuchKeyword yes']);
    await assert.rejects(read({ host: 'b', port: null }));
    await writeFile(path.join(directory, 'config'), `IdentityFile "${directory}/first"`);
    assert.equal((await read({ host: 'b', port: null })).keys.length, 1);
  });

  for (const host of ['-oProxyCommand=id', 'a b', '$(id)', 'a;b', '', 'u@h', 'a\nb']) {
    it(`refuses ${JSON.stringify(host)} as a host`, async () => {
      const read = await withConfig(['IdentityFile "DIR/first"']);
      await assert.rejects(read({ host, port: null }), { code: 'BuilderUnreachable', retryable: false });
    });
  }
});
