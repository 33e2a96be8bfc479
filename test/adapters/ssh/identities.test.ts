import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createSshSettings } from '../../../src/adapters/ssh/settings.js';
import { createSshShell } from '../../../src/adapters/ssh/remote-shell.js';
import { refusalOf } from '../../support/rejection.js';
import { keygen, startOpenSshServer, type OpenSshServer } from './open-ssh-server.js';

const TOKENS = ['%%', '%C', '%d', '%h', '%i', '%L', '%l', '%n', '%p', '%r', '%u', '${HOME}', '${LANG}'];
const BUILDER = { host: '127.0.0.1', hostKey: null };

describe('identities of builder_config', () => {
  let server: OpenSshServer;

  before(async () => {
    server = await startOpenSshServer();
  });
  after(() => server.stop());

  const place = (name: string): string => path.join(server.directory, name);
  const withConfig = async (name: string, lines: readonly string[]): Promise<string> => {
    await writeFile(place(name), `Host *\n${lines.join('\n')}\n`);
    return place(name);
  };
  const allow = async (line: string): Promise<void> => appendFile(place('authorized'), `${line}\n`);
  /** The answer of a login with this configuration to `whoami`. */
  const login = async (configFile: string): Promise<string> => {
    const shell = createSshShell({ configFile, user: server.user });
    const session = await shell.connect({ ...BUILDER, port: server.port }, {});
    try {
      return (await session.run('whoami', { timeoutMs: 30_000 })).stdout.trim();
    } finally {
      session.close();
    }
  };

  it('are looked for where OpenSSH looks, whatever tokens and variables the path has', async () => {
    const names = ['~/a', `~${userInfo().username}/b`, '%d/c', '${HOME}/d'];
    const files = [
      ...names.map((name) => `${name}.copr-test`),
      ...TOKENS.map((token) => `${server.directory}/at/x${token}`),
    ];
    const configFile = await withConfig('tokens', [
      '  HostName 127.0.0.1',
      ...files.map((file) => `  IdentityFile "${file}"`),
      `  IdentityFile "${server.directory}/id"`,
    ]);
    const env = { LANG: 'C.UTF-8' };
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'];
    const asked = ['-v', '-F', configFile, ...options, '-p', String(server.port), `${server.user}@builder`, 'true'];
    const { stderr } = await runCommand('ssh', asked, { timeoutMs: 30_000, env });
    const looked = [...stderr.matchAll(/identity file (.*) type -?\d+/g)].flatMap(([, file = '']) =>
      file.endsWith('-cert') ? [] : [file],
    );
    assert.equal(looked.length, files.length + 1, stderr);
    assert.equal(looked[0], path.join(homedir(), 'a.copr-test'));
    // A directory in the place of each is told with its path: the tree of the token's own slashes is made, too.
    const below = looked.filter((file) => file.startsWith(`${server.directory}/at/`));
    assert.equal(below.length, TOKENS.length);
    for (const file of below) await mkdir(path.dirname(file), { recursive: true });
    for (const file of below) await copyFile(place('id'), file);
    const read = createSshSettings({ configFile, user: server.user });
    const { keys, unusable } = await read({ host: 'builder', port: server.port });
    assert.deepEqual(
      keys.map((key) => key.path),
      [...below, place('id')],
    );
    assert.deepEqual(unusable, []);
    assert.ok(below.some((file) => file.endsWith(`/x${hostname()}`)));
  });

  it('whose path cannot be expanded are named with the reason', async () => {
    const configFile = await withConfig('strange', [
      '  IdentityFile /keys/${COPR_KEY}',
      '  IdentityFile /keys/%k',
      '  IdentityFile /keys/%z',
      '  IdentityFile ~no-such-user/key',
    ]);
    const { message } = await refusalOf(createSshSettings({ configFile, user: 'u' })({ host: 'b', port: null }));
    for (const why of [
      '/keys/${COPR_KEY} (the backend gives no environment variable COPR_KEY to programs, but PATH, HOME, LANG)',
      '/keys/%k (%k is not supported: HostKeyAlias is set by the backend)',
      '/keys/%z (ssh_config(5) has no token %z here)',
      '~no-such-user/key (there is no user no-such-user here)',
    ])
      assert.ok(message.includes(why), message);
  });

  describe('in PKCS #8 and other PEM', () => {
    const keys: Readonly<Record<string, () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
      rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      ed25519: () => generateKeyPairSync('ed25519'),
    };
    for (const [type, make] of Object.entries(keys)) {
      it(`of type ${type} log in`, async () => {
        const { privateKey, publicKey } = make();
        const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
        // As `openssl pkcs12` writes it, with words before the key.
        await writeFile(place(type), `Bag Attributes\n    friendlyName: builder\n${String(pem)}`, { mode: 0o600 });
        await allow(await publicLine(publicKey));
        assert.equal(await login(await withConfig(`with-${type}`, [`  IdentityFile ${place(type)}`])), server.user);
      });
    }

    it('are told to be encrypted where they are', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
      await writeFile(place('locked'), privateKey.export(options), { mode: 0o600 });
      const configFile = await withConfig('with-locked', [`  IdentityFile ${place('locked')}`]);
      const { code, message } = await refusalOf(login(configFile));
      assert.equal(code, 'ConfigurationInvalid');
      assert.match(message, /locked \(encrypted with a passphrase/);
    });

    /** The line of authorized_keys, by other means than the product's. */
    async function publicLine(key: KeyObject): Promise<string> {
      if (key.asymmetricKeyType === 'ed25519') {
        const head = Buffer.from('0000000b7373682d6564323535313900000020', 'hex');
        const open = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
        return `ssh-ed25519 ${Buffer.concat([head, open]).toString('base64')}`;
      }
      await writeFile(place('public.pem'), key.export({ format: 'pem', type: 'spki' }));
      const read = await runCommand('ssh-keygen', ['-i', '-m', 'PKCS8', '-f', place('public.pem')], {
        timeoutMs: 30_000,
      });
      assert.equal(read.code, 0, read.summary);
      return read.stdout.trim();
    }
  });

  describe('of an agent', () => {
    it('log in, the named ones first, and with IdentitiesOnly no others', async () => {
      const socket = place('agent.sock');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        await once(agent.stdout, 'data');
        // Six strangers: with them before ours, sshd would have closed the connection.
        for (const name of ['1', '2', '3', '4', '5', '6', 'held']) {
          await keygen(place(`agent-${name}`), 'ed25519');
          const added = await runCommand('ssh-add', ['-q', place(`agent-${name}`)], {
            ...{ timeoutMs: 30_000, env: { SSH_AUTH_SOCK: socket } },
          });
          assert.equal(added.code, 0, added.summary);
        }
        await allow(await readFile(place('agent-held.pub'), 'utf8'));
        const named = [`  IdentityFile ${place('agent-held.pub')}`];
        const asked = [`  IdentityAgent ${server.directory}/%%/../agent.sock`.replace('/%%/..', '')];
        assert.equal(await login(await withConfig('with-agent', [...asked, ...named])), server.user);
        const only = [...asked, '  IdentitiesOnly yes'];
        assert.equal(await login(await withConfig('with-named', [...only, ...named])), server.user);
        const other = await withConfig('with-other', [...only, `  IdentityFile ${place('agent-1')}.pub`]);
        const { code, message } = await refusalOf(login(other));
        assert.equal(code, 'BuilderUnreachable');
        assert.match(message, /was not let in with the agent .*agent\.sock/);
      } finally {
        agent.kill();
      }
    });

    it('that is not there are told with the agent', async () => {
      const configFile = await withConfig('no-agent', [
        `  IdentityAgent ${place('nobody.sock')}`,
        '  IdentityFile none',
      ]);
      const { message } = await refusalOf(login(configFile));
      assert.match(message, /was not let in with the agent .*nobody\.sock \(Failed to connect to agent\)/);
      const vague = await withConfig('vague-agent', ['  IdentityAgent SSH_AUTH_SOCK', '  IdentityFile none']);
      assert.match((await refusalOf(login(vague))).message, /identityagent SSH_AUTH_SOCK \(name the socket/);
    });
  });

  it('of kinds that are not supported are named where nobody is let in', async () => {
    await keygen(place('stranger'), 'ed25519');
    await keygen(place('authority'), 'ed25519');
    const signed = await runCommand('ssh-keygen', ['-q', '-s', place('authority'), '-I', 'x', place('stranger.pub')], {
      timeoutMs: 30_000,
    });
    assert.equal(signed.code, 0, signed.summary);
    const configFile = await withConfig('certified', [
      `  IdentityFile ${place('stranger')}`,
      '  CertificateFile /keys/other-cert.pub',
      '  PKCS11Provider /usr/lib/token.so',
    ]);
    const { message } = await refusalOf(login(configFile));
    assert.match(message, /stranger-cert\.pub \(certificates are not supported\)/);
    assert.match(message, /certificatefile \/keys\/other-cert\.pub \(not supported\)/);
    assert.match(message, /pkcs11provider \/usr\/lib\/token\.so \(not supported\)/);
  });
});
