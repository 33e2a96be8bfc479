import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../src/adapters/process/run-command.js';
import { archiveFile } from './apt-output.js';
import { finishRoot, RECIPE } from './finish-root.js';
import type { Host } from './hosts.js';
import { createIsolatedApt, type IsolatedApt } from './isolated-apt.js';
import { plannedPackages, requestFor } from './planned-packages.js';
import { replacements, type LockedPackage, type Replacement } from './lock.js';

const UNPACK_MS = 60_000;
const UNUSED_MS = 7 * 24 * 60 * 60_000;

/** Where archives and roots are kept between runs, and how to reach the archive. */
export type RootSource = {
  /** A directory of the user's cache. */
  readonly cache: string;
  readonly architecture: string;
  readonly archive: { readonly uri: string; readonly keyring: string } | null;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
};

export type UnpackedRoot = { readonly path: string; readonly replaced: readonly Replacement[] };

/** No archive is configured. */
export class NoArchive extends Error {
  constructor() {
    super('apt of this machine names no archive of Debian: --archive URI does');
  }
}

/**
 * The root of a host, made of the locked packages, or of newer ones if the archive no longer has those. Taken from the
 * cache if it is there. Throws `ArchiveUnreachable`, `NoArchive`.
 */
export async function unpackedRoot(
  host: Host,
  locked: readonly LockedPackage[],
  source: RootSource,
): Promise<UnpackedRoot> {
  const kept = rootPath(host, locked, source);
  if (existsSync(kept)) {
    markUsed(kept);
    return { path: kept, replaced: [] };
  }
  let packages = locked;
  if (!(await areFetched(host, locked, source))) {
    const apt = await aptOf(host, source);
    source.say(`${host.name}: fetching the lists of ${host.suite}`);
    await apt.update();
    packages = await plannedPackages(apt, host, locked);
    await fetchMissing(apt, host, packages, source);
  }
  const path = rootPath(host, packages, source);
  if (existsSync(path)) markUsed(path);
  else await unpack(host, packages, path, source);
  return { path, replaced: replacements(locked, packages) };
}

/** The newest version of everything that the host needs: the content of a renewed lock. */
export async function newestPackages(host: Host, source: RootSource): Promise<readonly LockedPackage[]> {
  const apt = await aptOf(host, source);
  source.say(`${host.name}: fetching the lists of ${host.suite}`);
  await apt.update();
  return plannedPackages(apt, host, []);
}

async function fetchMissing(
  apt: IsolatedApt,
  host: Host,
  packages: readonly LockedPackage[],
  source: RootSource,
): Promise<void> {
  source.say(`${host.name}: fetching what is missing of ${packages.length} packages`);
  await apt.download(packages.map(requestFor));
  const wrong = await unverified(host, packages, source);
  if (wrong.length === 0) return;
  for (const { file } of wrong) if (file !== null) rmSync(file);
  throw new Error(`${host.name}: not what its SHA-256 says: ${wrong.map(({ name }) => name).join(', ')}`);
}

/** Unpacked in a separate directory first: a root is there complete or not at all. */
async function unpack(host: Host, packages: readonly LockedPackage[], path: string, source: RootSource): Promise<void> {
  source.say(`${host.name}: unpacking ${packages.length} packages`);
  const parent = join(source.cache, 'roots');
  mkdirSync(parent, { recursive: true });
  const fresh = mkdtempSync(join(parent, '.unpacking-'));
  try {
    const names = readdirSync(archivesOf(host, source));
    for (const entry of packages) {
      const file = join(archivesOf(host, source), archiveFile(entry, names) ?? '');
      const result = await runCommand('dpkg-deb', ['--extract', file, fresh], {
        timeoutMs: UNPACK_MS,
        signal: source.signal,
      });
      source.signal.throwIfAborted();
      if (result.code !== 0) throw new Error(`${host.name}: ${entry.name}: ${result.summary}`);
    }
    await finishRoot(fresh, source.signal);
    markUsed(fresh); // its time is that of a package's directory, which may be a year old
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  removeUnused(parent);
}

/**
 * Removes roots that no run of a checkout has entered for a week, because a newer lock has others. A root in use stays,
 * and so does one that another run is unpacking: its modification time is that of a package's directory, but its status
 * change is recent.
 */
function removeUnused(parent: string): void {
  for (const name of readdirSync(parent)) {
    const root = join(parent, name);
    const { mtimeMs, ctimeMs } = statSync(root);
    if (Date.now() - Math.max(mtimeMs, ctimeMs) > UNUSED_MS) rmSync(root, { recursive: true, force: true });
  }
}

/** Records the time of entry as the modification time. */
function markUsed(root: string): void {
  utimesSync(root, new Date(), new Date());
}

function rootPath(host: Host, packages: readonly LockedPackage[], source: RootSource): string {
  const sums = packages.map(({ sha256 }) => sha256).sort();
  const key = createHash('sha256')
    .update([RECIPE, ...sums].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return join(source.cache, 'roots', `${host.name}-${key}`);
}

async function areFetched(host: Host, packages: readonly LockedPackage[], source: RootSource): Promise<boolean> {
  return existsSync(archivesOf(host, source)) && (await unverified(host, packages, source)).length === 0;
}

/** Packages that are missing, or whose files have other content. */
async function unverified(
  host: Host,
  packages: readonly LockedPackage[],
  source: RootSource,
): Promise<readonly { readonly name: string; readonly file: string | null }[]> {
  const names = readdirSync(archivesOf(host, source));
  const wrong = [];
  for (const entry of packages) {
    const found = archiveFile(entry, names);
    const file = found === null ? null : join(archivesOf(host, source), found);
    if (file === null || (await sha256(file)) !== entry.sha256) wrong.push({ name: entry.name, file });
  }
  return wrong;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function aptOf(host: Host, source: RootSource): Promise<IsolatedApt> {
  if (source.archive === null) throw new NoArchive();
  const { architecture, signal } = source;
  return createIsolatedApt({
    ...{ directory: join(source.cache, `apt-${host.suite}`), archives: archivesOf(host, source) },
    ...{ architecture, suite: host.suite, archive: source.archive.uri, keyring: source.archive.keyring, signal },
  });
}

/** One for each host: apt locks it, and hosts are fetched in parallel. */
function archivesOf({ suite }: Host, source: RootSource): string {
  return join(source.cache, 'archives', suite);
}
