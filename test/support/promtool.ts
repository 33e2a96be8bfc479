import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { findOnPath } from './find-on-path.js';

const FETCH_MS = 120_000;

/**
 * Path of promtool: on the PATH, or from Debian's `prometheus`, which is downloaded once into the user's cache and not
 * installed. Null where neither is to be had.
 */
export async function findPromtool(): Promise<string | null> {
  const found = await findOnPath('promtool').catch(() => null);
  if (found !== null) return found;
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'copr-backend');
  const kept = join(cache, 'promtool');
  if (existsSync(kept)) return kept;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'promtool-'));
  try {
    return (await unpackInto(scratch)) ? await keep(join(scratch, 'usr/bin/promtool'), kept) : null;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function unpackInto(scratch: string): Promise<boolean> {
  // apt-get writes into its current directory.
  const download = ['-c', 'cd "$0" && exec apt-get download prometheus', scratch];
  if ((await runCommand('sh', download, { timeoutMs: FETCH_MS })).code !== 0) return false;
  const [file = ''] = (await readdir(scratch)).filter((name) => name.endsWith('.deb'));
  return (await runCommand('dpkg-deb', ['-x', join(scratch, file), scratch], { timeoutMs: FETCH_MS })).code === 0;
}

async function keep(made: string, kept: string): Promise<string> {
  await rename(made, kept);
  return kept;
}
