import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configuredSources, debianArchive } from '../../hosts/archive-sources.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { findOnPath } from './find-on-path.js';

const ENTER = fileURLToPath(new URL('../fixtures/debian-root/enter-root.sh', import.meta.url));
const APART = ['--mount', '--pid', '--fork', '--kill-child', '--propagation=private'];

/** The archive to make a root of; null, with a line that says why, if none can be made here. */
export async function archiveForRoots(): Promise<string | null> {
  const archive = debianArchive(configuredSources());
  const debootstrap = await findOnPath('debootstrap').catch(() => null);
  if (process.getuid?.() === 0 && debootstrap !== null && archive !== null) return archive.uri;
  process.stderr.write('      debootstrap or an archive is missing, or this user is not root: skipped\n');
  return null;
}

/**
 * Makes a minimal Debian with a package database, whose packages start no service (docs/decisions/0075). Archives of
 * packages are kept in the user's cache.
 */
export async function makeDebianRoot(
  root: string,
  of: { readonly suite: string; readonly archive: string; readonly include?: readonly string[] },
): Promise<void> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'copr-backend', `debs-${of.suite}`);
  await mkdir(cache, { recursive: true });
  const include = of.include === undefined ? [] : [`--include=${of.include.join(',')}`];
  const words = ['--variant=minbase', `--cache-dir=${cache}`, ...include, of.suite, root, of.archive];
  const made = await runCommand('unshare', [...APART, 'debootstrap', ...words], { timeoutMs: 600_000 });
  assert.equal(made.code, 0, `${made.summary}\n${made.stdout.slice(-2000)}`);
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
}

/**
 * Words for `unshare` that run a program of this machine with the root's file systems mounted. Nothing that it starts
 * or mounts outlives it; unshare itself ignores SIGTERM.
 */
export function besideRoot(root: string, words: readonly string[]): readonly string[] {
  return [...APART, ENTER, root, ...words];
}
