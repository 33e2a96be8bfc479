import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../support/free-ports.js';

const run = promisify(execFile);

/** A real sshd on a free loopback port, for the user who runs the tests; everything it needs is in one directory. */
export type OpenSshServer = {
  readonly directory: string;
  readonly user: string;
  readonly port: number;
  /** `<type> <base64>` of its host keys. */
  readonly ed25519: string;
  readonly ecdsa: string;
  /** A `builder_config` that logs in. */
  readonly configFile: string;
  readonly stop: () => Promise<void>;
};

/** `space` puts a space into every path; `address` is where it listens. */
export async function startOpenSshServer(options: { space?: boolean; address?: string } = {}): Promise<OpenSshServer> {
  const directory = await mkdtemp(path.join(tmpdir(), options.space === true ? 'copr sshd ' : 'copr-sshd-'));
  const address = options.address ?? '127.0.0.1';
  // Privilege separation of a root sshd wants its directory, which a system service would have made.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  await keygen(path.join(directory, 'host_ed25519'), 'ed25519');
  await keygen(path.join(directory, 'host_ecdsa'), 'ecdsa');
  await keygen(path.join(directory, 'id'), 'ed25519');
  await copyFile(path.join(directory, 'id.pub'), path.join(directory, 'authorized'));

  const { port } = await freePorts(['port'], address);
  await writeFile(
    path.join(directory, 'sshd_config'),
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey "${directory}/host_ed25519"`,
      `HostKey "${directory}/host_ecdsa"`,
      `AuthorizedKeysFile "${directory}/authorized"`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      'PidFile none',
      'MaxSessions 100',
      'MaxStartups 100',
    ].join('\n'),
  );
  const configFile = path.join(directory, 'builder_config');
  await writeFile(configFile, `Host *\n  IdentityFile "${directory}/id"\n  IdentitiesOnly yes\n  RequestTTY force\n`);

  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', path.join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Server listening')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd did not start: ${printed}`)));
  });
  const keyLine = async (name: string): Promise<string> =>
    (await readFile(path.join(directory, `${name}.pub`), 'utf8')).split(' ').slice(0, 2).join(' ');
  return {
    directory,
    user: userInfo().username,
    port,
    ed25519: await keyLine('host_ed25519'),
    ecdsa: await keyLine('host_ecdsa'),
    configFile,
    stop: async () => {
      child.kill();
      await gone;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a key pair without a passphrase, unless one is given. */
export async function keygen(file: string, type: 'ed25519' | 'ecdsa' | 'rsa', passphrase = ''): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
}
