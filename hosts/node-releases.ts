import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../src/adapters/process/run-command.js';
import type { LockedNode } from './lock.js';

const FETCH_MS = 10 * 60_000;

/** The registry does not answer. */
export class RegistryUnreachable extends Error {}

/** The package that npm's `node` installs for this machine: Node as a single program. */
function packageName(): string {
  return `node-linux-${process.arch}`;
}

/** The program of a release, fetched once into the cache. Throws `RegistryUnreachable`. */
export async function nodeRelease(
  locked: LockedNode,
  place: { readonly cache: string; readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<string> {
  const kept = join(place.cache, 'hosts', `node-${locked.version}`);
  const program = join(kept, 'bin', 'node');
  if (existsSync(program)) return program;
  place.say(`fetching Node ${locked.version} (some 50 MB, once)`);
  mkdirSync(join(place.cache, 'hosts'), { recursive: true });
  const fresh = mkdtempSync(join(place.cache, 'hosts', '.node-'));
  try {
    const wanted = `${packageName()}@${locked.version}`;
    const packed = await npm(['pack', '--json', '--pack-destination', fresh, wanted], place.signal);
    const [{ integrity } = { integrity: '' }] = JSON.parse(packed) as { readonly integrity: string }[];
    if (integrity !== locked.integrity) throw new Error(`${wanted} is not what the lock says: ${integrity}`);
    const archive = readdirSync(fresh).find((name) => name.endsWith('.tgz')) ?? '';
    const unpacked = await runCommand('tar', ['-xzf', join(fresh, archive), '-C', fresh, 'package/bin'], {
      ...{ timeoutMs: FETCH_MS, signal: place.signal },
    });
    if (unpacked.code !== 0) throw new Error(unpacked.summary);
    if (!existsSync(program)) renameSync(join(fresh, 'package'), kept);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return program;
}

/** The newest release of a major version. */
export async function newestNode(major: string, signal: AbortSignal): Promise<LockedNode> {
  const fields = ['version', 'dist.integrity'];
  const answer = JSON.parse(await npm(['view', '--json', `${packageName()}@${major}`, ...fields], signal)) as unknown;
  const releases = (Array.isArray(answer) ? answer : [answer]) as Record<string, string>[];
  const newest = releases.sort((a, b) => compare(a['version'] ?? '', b['version'] ?? '')).at(-1);
  const { version, 'dist.integrity': integrity } = newest ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`npm knows no Node ${major}`);
  return { version, integrity };
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

async function npm(args: readonly string[], signal: AbortSignal): Promise<string> {
  const result = await runCommand('npm', [...args, '--loglevel=error'], {
    ...{ timeoutMs: FETCH_MS, signal, maxBytes: 32 * 1024 ** 2 },
  });
  signal.throwIfAborted();
  if (result.code === 0) return result.stdout;
  const isAway = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/.test(result.stderr);
  throw new (isAway ? RegistryUnreachable : Error)(result.summary);
}
