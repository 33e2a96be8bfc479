import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuilderAddress } from '../../ports/build/remote-shell.js';
import { makeDirectories } from '../files/make-directories.js';
import { describeAddress } from '../ssh/address.js';
import { fingerprint, hostKeyAlgorithms } from '../ssh/host-key.js';
import type { CommandResult } from '../process/run-command.js';
import { hostText } from '../../domain/names/host-text.js';

/**
 * curve25519 first: OpenSSH's default exchange (sntrup761) costs 80 ms of CPU more for every connection.
 * The others are for builders where it is switched off.
 */
const KEY_EXCHANGES = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha256',
].join(',');

/** Beginnings of the lines with which ssh itself gives up. */
const SSH_COMPLAINT =
  /^(ssh: |Connection |kex_exchange_identification|banner exchange|Timeout, server|client_loop|ssh_dispatch|\S+: Permission denied \()/m;

/** ssh's messages if the host is reached but refuses the connection, or a router says that it cannot be reached. */
const SSH_REFUSED = /^ssh: connect to host .*: (Connection refused|No route to host|Network is unreachable)\s*$/m;

/** Name of the builder in its known_hosts file, whatever its host and port are. */
const ALIAS = 'copr-builder';

export type Builder = BuilderAddress & { readonly hostKey: string };

/** Runs `use` with a known_hosts file that has only the pinned key; the file is removed afterwards. */
export async function withKnownHosts<T>(
  options: { readonly stateDir: string; readonly hostKey: string },
  use: (file: string) => Promise<T>,
): Promise<T> {
  if (!/^[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\n\r]*)?$/.test(options.hostKey)) {
    throw new PortFailure('BuilderChanged', 'the pinned host key is not a public key line');
  }
  await makeDirectories(options.stateDir, { mode: 0o700 });
  const file = path.join(options.stateDir, `known-hosts-${randomUUID()}`);
  try {
    await writeFile(file, `${ALIAS} ${options.hostKey}\n`, { mode: 0o600, flag: 'wx' });
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** The value of rsync's `-e`: one string that rsync itself splits at spaces (rsync(1), `--rsh`). */
export function remoteShell(options: {
  readonly configFile: string;
  readonly builder: Builder;
  readonly knownHosts: string;
}): string {
  const { configFile, builder, knownHosts } = options;
  const settings = {
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: configPath(knownHosts),
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: ALIAS,
    CheckHostIP: 'no',
    HostKeyAlgorithms: hostKeyAlgorithms(builder.hostKey).join(','),
    UpdateHostKeys: 'no',
    KexAlgorithms: KEY_EXCHANGES,
    ControlPath: 'none',
    ControlMaster: 'no',
    BatchMode: 'yes',
    RequestTTY: 'no',
  };
  const port = builder.port === null ? [] : ['-p', String(builder.port)];
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['ssh', '-F', configFile, ...port, ...flags].map(rsyncQuote).join(' ');
}

/** `user@host:directory/`, the final slash meaning its content. */
export function remoteDirectory(options: {
  readonly user: string;
  readonly host: string;
  readonly directory: string;
}): string {
  return `${options.user}@${hostText(options.host)}:${options.directory.replace(/\/*$/, '/')}`;
}

const LOCAL_DISK =
  /\[(receiver|generator)[^\]]*\].*(No space left on device|Disk quota exceeded|Read-only file system)/i;

/** Why rsync (or the ssh under it) ended with an error. */
export function transferFailure(builder: Builder, result: CommandResult): PortFailure {
  const where = `rsync from ${describeAddress(builder)}`;
  const tail = result.stderr.trim().split('\n').slice(-5).join(' | ').slice(-600);
  if (
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|no matching host key type/i.test(result.stderr)
  ) {
    const message = `${where}: its host key is not ${fingerprint(builder.hostKey)} any more: another machine`;
    return new PortFailure('BuilderChanged', message);
  }
  // 11 is a local file error: the builder is not at fault, and another one would not help.
  if (result.code === 11 && LOCAL_DISK.test(result.stderr)) {
    const message = `${where} found no place here: ${tail}; make room on the results file system, the build goes on by itself`;
    return new PortFailure('StorageFailed', message);
  }
  // 255 is ssh's own exit status. rsync passes it on only if it notices in time; otherwise it exits with 12, a broken
  // stream.
  const isSsh = result.code === 255 || (result.code === 12 && SSH_COMPLAINT.test(result.stderr));
  const how = result.timedOut ? 'did not end in time' : `ended with ${result.code ?? result.signal ?? 'no status'}`;
  const message = `${where} ${how}${tail === '' ? '' : `: ${tail}`}`;
  if (!isSsh) return new PortFailure('DownloadFailed', message);
  return new BuilderUnreachable(message, { refused: SSH_REFUSED.test(result.stderr) });
}

/** rsync supports quotes but no backslash: inside a quoted argument the quote itself is doubled. */
function rsyncQuote(word: string): string {
  return /^[A-Za-z0-9_/.,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}

/** A path as a value of ssh_config(5): one word even with spaces, and without tokens. */
function configPath(file: string): string {
  return `"${file.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}
