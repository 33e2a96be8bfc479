import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuilderAddress } from '../../ports/build/remote-shell.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand } from '../process/run-command.js';
import { checkAddress, describeAddress } from './address.js';
import { expandPath, NotExpanded, type PathFacts } from './expand-path.js';
import type { IdentityAgent } from './identity-agent.js';
import { readPrivateKey } from './private-key.js';

/**
 * OpenSSH's own reading of the operator's `builder_config` for one builder. Host key policy is ignored, because keys
 * are pinned per ticket. So is `RequestTTY`: with a terminal the remote side mixes stderr into stdout and ends lines
 * with CRLF, and nothing here needs one (the log follower on the builder flushes by itself).
 */
export type SshSettings = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Existing, readable private keys in the order of the configuration. */
  readonly keys: readonly { readonly path: string; readonly content: Buffer }[];
  /** Offered after the keys; null: the configuration names none. */
  readonly agent: IdentityAgent | null;
  /** Keys that cannot be used and settings that are not supported, and why; for the message when no key is accepted. */
  readonly unusable: readonly string[];
  readonly connectTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
};

export type ReadSshSettings = (builder: Pick<BuilderAddress, 'host' | 'port'>) => Promise<SshSettings>;

/** Default if the configuration has none: OpenSSH would wait until TCP gives up, and never notice a silent machine. */
const DEFAULT_CONNECT_SECONDS = 20;
const DEFAULT_ALIVE_SECONDS = 30;
/** A build connects to its builder several times; an edit of the file is noticed within this. */
const CACHE_MS = 30_000;
const CACHE_SIZE = 500;

/**
 * Settings by `ssh -G`. Rejects with PortFailure: `ConfigurationInvalid` (retryable: a person may repair the file),
 * `BuilderUnreachable` for an invalid address.
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
    // A failure is not cached: the next call asks again.
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
  const facts = { originalHost: target.host, host, port: Number(one('port') ?? 22), user };
  const identities = await readIdentities(values.get('identityfile') ?? [], facts);
  const { agent, unsupported } = await readAgent(one('identityagent'), {
    ...{ facts, named: identities.named, onlyNamed: one('identitiesonly') === 'yes' },
  });
  const { keys } = identities;
  const unusable = [...identities.unusable, ...unsupported, ...otherwiseUnsupported(values)];
  if (keys.length === 0 && agent === null) {
    throw invalid(target, `no usable private key: ${unusable.join('; ') || 'none of the identity files exists'}`);
  }
  const alive = seconds(one('serveraliveinterval'));
  return {
    host,
    port: facts.port,
    user,
    keys,
    agent,
    unusable,
    connectTimeoutMs: (seconds(one('connecttimeout')) || DEFAULT_CONNECT_SECONDS) * 1000,
    keepaliveIntervalMs: (alive || DEFAULT_ALIVE_SECONDS) * 1000,
    keepaliveCountMax: Number(one('serveralivecountmax') ?? 3),
  };
}

/** The output of `ssh -G`: the file's settings for this host, as `keyword value` lines with lower case keywords. */
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

type Identities = Pick<SshSettings, 'keys' | 'unusable'> & { readonly named: readonly Buffer[] };

async function readIdentities(files: readonly string[], facts: PathFacts): Promise<Identities> {
  const keys: { path: string; content: Buffer }[] = [];
  const [unusable, named]: [string[], Buffer[]] = [[], []];
  for (const file of files) {
    const path = await expandOr(file, facts, unusable);
    if (path === null) continue;
    const content = await readOr(path, unusable);
    const key = content === null ? null : readPrivateKey(content);
    const publicKey = key?.content === undefined ? await publicKeyOf(path, content) : key.publicKey;
    if (publicKey !== null) named.push(publicKey);
    if (key?.content !== undefined) keys.push({ path, content: key.content });
    else if (key !== null) unusable.push(`${path} (${key.unusable})`);
    const certificate = `${path}-cert.pub`;
    if (key !== null && existsSync(certificate)) unusable.push(`${certificate} (certificates are not supported)`);
  }
  return { keys, unusable, named };
}

/**
 * The agent that the configuration names. The environment's agent is not used, because the backend's programs do not
 * get it either.
 */
async function readAgent(
  agent: string | undefined,
  given: { readonly facts: PathFacts } & Pick<IdentityAgent, 'named' | 'onlyNamed'>,
): Promise<{ readonly agent: IdentityAgent | null; readonly unsupported: readonly string[] }> {
  const { facts, named, onlyNamed } = given;
  if (agent === undefined || agent === 'none') return { agent: null, unsupported: [] };
  if (agent === 'SSH_AUTH_SOCK' || /^\$[^{]/.test(agent))
    return { agent: null, unsupported: [`identityagent ${agent} (name the socket: programs get no such variable)`] };
  const unsupported: string[] = [];
  const socket = await expandOr(agent, facts, unsupported);
  return { agent: socket === null ? null : { socket, named, onlyNamed }, unsupported };
}

function otherwiseUnsupported(values: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return ['certificatefile', 'pkcs11provider'].flatMap((name) =>
    (values.get(name) ?? []).filter((value) => value !== 'none').map((value) => `${name} ${value} (not supported)`),
  );
}

async function expandOr(file: string, facts: PathFacts, unusable: string[]): Promise<string | null> {
  try {
    return await expandPath(file, facts);
  } catch (error) {
    if (!(error instanceof NotExpanded)) throw error;
    unusable.push(`${file} (${error.message})`);
    return null;
  }
}

/** OpenSSH also skips missing files: its defaults name several. */
async function readOr(path: string, unusable: string[]): Promise<Buffer | null> {
  return readFile(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') unusable.push(`${path} (${code ?? 'unreadable'})`);
    return null;
  });
}

/** The public part of a key that only an agent can use: the file itself, or the one beside it. */
async function publicKeyOf(path: string, content: Buffer | null): Promise<Buffer | null> {
  for (const text of [content, await readFile(`${path}.pub`).catch(() => null)]) {
    const parsed = text === null ? null : ssh2.utils.parseKey(text);
    if (parsed !== null && !(parsed instanceof Error)) return parsed.getPublicSSH();
  }
  return null;
}

function seconds(value: string | undefined): number {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : 0;
}

function invalid(target: Target, why: string, cause?: unknown): PortFailure {
  const message = `${target.configFile} for ${describeAddress(target)}: ${why}`;
  return new PortFailure('ConfigurationInvalid', message, { cause });
}
