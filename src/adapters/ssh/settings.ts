import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import ssh2 from 'ssh2';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuilderAddress } from '../../ports/remote-shell.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand } from '../process/run-command.js';
import { checkAddress, describeAddress } from './address.js';

/**
 * What OpenSSH itself makes of the operator's `builder_config` for one builder. Host key policy is not taken from it:
 * keys are pinned per ticket. `RequestTTY` neither: with a terminal the remote side mixes stderr into stdout and ends
 * lines with CRLF, and nothing here needs one (the log follower on the builder flushes by itself).
 */
export type SshSettings = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private keys in the order of the configuration, those that exist and can be read. */
  readonly keys: readonly { readonly path: string; readonly content: Buffer }[];
  /** Keys that cannot be used, and why; for the message when no key is accepted. */
  readonly unusable: readonly string[];
  readonly connectTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
};

export type ReadSshSettings = (builder: Pick<BuilderAddress, 'host' | 'port'>) => Promise<SshSettings>;

/** When the configuration names none: OpenSSH would wait for TCP to give up, and never notice a silent machine. */
const DEFAULT_CONNECT_SECONDS = 20;
const DEFAULT_ALIVE_SECONDS = 30;
/** A build connects to its builder several times; an edit of the file is noticed within this. */
const CACHE_MS = 30_000;
const CACHE_SIZE = 500;

/**
 * Settings by `ssh -G`. Rejects with PortFailure: `ConfigurationInvalid` (retryable: a person may repair the file),
 * `BuilderUnreachable` for an address that is none.
 */
export function createSshSettings(options: { readonly configFile: string; readonly user: string }): ReadSshSettings {
  const cache = new Map<string, { readonly until: number; readonly settings: Promise<SshSettings> }>();
  return async (builder) => {
    checkAddress(builder);
    const key = `${builder.host} ${builder.port ?? ''}`;
    const now = performance.now();
    const known = cache.get(key);
    if (known !== undefined && known.until > now) return known.settings;
    const settings = readSettings({ ...options, host: builder.host, port: builder.port });
    cache.delete(key);
    cache.set(key, { until: now + CACHE_MS, settings });
    for (const oldest of cache.keys()) {
      if (cache.size <= CACHE_SIZE) break;
      cache.delete(oldest);
    }
    // A refusal is not remembered: the next call asks anew.
    settings.catch(() => cache.delete(key));
    return settings;
  };
}

type Target = {
  readonly configFile: string;
  readonly user: string;
  readonly host: string;
  readonly port: number | null;
};

async function readSettings(target: Target): Promise<SshSettings> {
  const values = await resolveConfig(target);
  const one = (name: string): string | undefined => values.get(name)?.[0];
  for (const name of ['proxycommand', 'proxyjump']) {
    const value = one(name);
    if (value !== undefined && value !== 'none') throw invalid(target, `${name} ${value} is not supported`);
  }
  const host = one('hostname') ?? target.host;
  const user = one('user') ?? target.user;
  const { keys, unusable } = await readKeys(
    (values.get('identityfile') ?? []).map((path) => expand(path, { host, user })),
  );
  if (keys.length === 0) {
    throw invalid(target, `no usable private key: ${unusable.join('; ') || 'none of the identity files exists'}`);
  }
  const alive = seconds(one('serveraliveinterval'));
  return {
    host,
    port: Number(one('port') ?? 22),
    user,
    keys,
    unusable,
    connectTimeoutMs: (seconds(one('connecttimeout')) || DEFAULT_CONNECT_SECONDS) * 1000,
    keepaliveIntervalMs: (alive || DEFAULT_ALIVE_SECONDS) * 1000,
    keepaliveCountMax: Number(one('serveralivecountmax') ?? 3),
  };
}

/** `ssh -G`: what the file says for this host, as `keyword value` lines with lower case keywords. */
async function resolveConfig(target: Target): Promise<ReadonlyMap<string, readonly string[]>> {
  const port = target.port === null ? [] : ['-p', String(target.port)];
  const args = ['-G', '-F', target.configFile, ...port, '--', `${target.user}@${target.host}`];
  const result = await runCommand('ssh', args, { timeoutMs: 30_000 }).catch((error: unknown) => {
    if (!(error instanceof ProgramNotStarted)) throw error;
    throw invalid(target, error.message, error);
  });
  if (result.code !== 0) throw invalid(target, result.summary);
  const values = new Map<string, string[]>();
  for (const line of result.stdout.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 0) continue;
    const keyword = line.slice(0, space).toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(space + 1)]);
  }
  return values;
}

async function readKeys(paths: readonly string[]): Promise<Pick<SshSettings, 'keys' | 'unusable'>> {
  const keys: { path: string; content: Buffer }[] = [];
  const unusable: string[] = [];
  for (const path of paths) {
    const content = await readFile(path).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      // OpenSSH too passes over files that are not there: its defaults name several.
      if (code !== 'ENOENT') unusable.push(`${path} (${code ?? 'unreadable'})`);
      return null;
    });
    if (content === null) continue;
    const parsed = ssh2.utils.parseKey(content);
    if (!(parsed instanceof Error)) keys.push({ path, content });
    else if (/encrypted/i.test(parsed.message))
      unusable.push(`${path} (encrypted with a passphrase, which nobody is here to type)`);
    else unusable.push(`${path} (${parsed.message})`);
  }
  return { keys, unusable };
}

/** Tokens of IdentityFile that `ssh -G` prints unexpanded (ssh_config(5), TOKENS). */
function expand(path: string, facts: { readonly host: string; readonly user: string }): string {
  // As OpenSSH does it: from the user database, not from $HOME.
  const home = userInfo().homedir;
  const tokens: Readonly<Record<string, string>> = { '%%': '%', '%d': home, '%h': facts.host, '%r': facts.user };
  return path.replace(/^~(?=\/|$)/, home).replace(/%[%dhr]/g, (token) => tokens[token] ?? token);
}

function seconds(value: string | undefined): number {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : 0;
}

function invalid(target: Target, why: string, cause?: unknown): PortFailure {
  const message = `${target.configFile} for ${describeAddress(target)}: ${why}`;
  return new PortFailure('ConfigurationInvalid', message, { retryable: true, cause });
}
