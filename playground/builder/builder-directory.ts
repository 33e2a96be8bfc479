import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readJson } from '../loopback/json-file.js';
import { isGroupRunning, isRunning, signalGroup, waitUntil, type ProcessMark } from '../loopback/processes.js';
import { buildUser, giveTo } from './build-user.js';
import { logFollowerScript } from './log-follower.js';

/**
 * The directories of a builder; the one that stands for `/var/lib/copr-rpmbuild` belongs to the build user, the others
 * do not.
 */
export type BuilderDirectory = {
  readonly root: string;
  /** Stands for `/var/lib/copr-rpmbuild`. */
  readonly lib: string;
  readonly home: string;
  /** Stands for `/root`. */
  readonly rootHome: string;
  /** Stands for `/run`. */
  readonly run: string;
  /** First in PATH of remote commands. */
  readonly bin: string;
  readonly hostKey: string;
  /** Written by the server once it listens: pid, port. */
  readonly announcement: string;
  /** The process group of the running or last build, out of the build's reach. */
  readonly buildMark: string;
  readonly script: string;
};

/**
 * The directory itself, or one below the system's temporary directory if the build user could not reach it (a data
 * directory under root's home, for example). Always returns the same path.
 */
export function reachableDirectory(wanted: string): string {
  const full = resolve(wanted);
  if (buildUser() === null || isReachable(full)) return full;
  const name = `copr-playground-${createHash('sha256').update(full).digest('hex').slice(0, 12)}`;
  const replacement = join(tmpdir(), name);
  mkdirSync(replacement, { recursive: true, mode: 0o755 });
  const facts = lstatSync(replacement);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.()) {
    throw new Error(`${replacement} belongs to someone else; remove it or choose a data directory that all can enter`);
  }
  chmodSync(replacement, 0o755);
  return replacement;
}

/**
 * True if others may enter and read every directory on the way: rpm opens each of them when it unpacks a source
 * package.
 */
function isReachable(path: string): boolean {
  if (existsSync(path) && (statSync(path).mode & 0o005) !== 0o005) return false;
  const parent = dirname(path);
  return parent === path || isReachable(parent);
}

/** Names the parts; creates nothing. */
export function builderDirectory(root: string): BuilderDirectory {
  return {
    root,
    lib: join(root, 'lib'),
    home: join(root, 'home'),
    rootHome: join(root, 'root'),
    run: join(root, 'run'),
    bin: join(root, 'bin'),
    hostKey: join(root, 'host_key'),
    announcement: join(root, 'builder.json'),
    buildMark: join(root, 'build.json'),
    script: join(root, 'build-script'),
  };
}

/** Creates whatever is missing. */
export function makeBuilderDirectory(directory: BuilderDirectory): void {
  const user = buildUser();
  mkdirSync(directory.root, { recursive: true, mode: 0o755 });
  mkdirSync(directory.bin, { recursive: true });
  for (const path of [directory.lib, directory.home, directory.rootHome, directory.run]) {
    mkdirSync(path, { recursive: true });
    giveTo(user, path);
  }
  makeRootHome(directory);
  writeFileSync(join(directory.bin, 'copr-rpmbuild-log'), logFollowerScript(directory.lib), { mode: 0o755 });
}

/** The process group of a build that has not ended; null if there is none. */
export function runningBuildGroup(directory: BuilderDirectory): number | null {
  const mark = readJson(directory.buildMark) as ProcessMark | null;
  if (mark === null) return null;
  // In a proper build the leader ends last; after a kill of only the leader, other processes of its group may be left.
  return isRunning(mark) || isGroupRunning(mark.pid) ? mark.pid : null;
}

/** Kills the running build with its whole process group. */
export async function killBuild(directory: BuilderDirectory): Promise<void> {
  const group = runningBuildGroup(directory);
  if (group === null) return;
  signalGroup(group, 'SIGKILL');
  await waitUntil(() => !isGroupRunning(group), 5000);
}

/** Does the work of `copr-builder-cleanup`: nothing of the last build is left, running or on disk. */
export async function cleanUpBuilder(directory: BuilderDirectory): Promise<void> {
  await killBuild(directory);
  rmSync(directory.buildMark, { force: true });
  for (const path of [directory.lib, directory.home, directory.rootHome, directory.run]) {
    for (const name of existsSync(path) ? readdirSync(path) : []) {
      rmSync(join(path, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
  makeRootHome(directory);
}

/** Root can log in to every builder, so there is a place for its authorized keys. */
function makeRootHome(directory: BuilderDirectory): void {
  const path = join(directory.rootHome, '.ssh');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  giveTo(buildUser(), path);
}
