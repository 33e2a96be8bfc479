import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../scripts/provision.mjs';
import { absentAs } from './absent-as.js';
import type { Orders, Said } from './protocol.js';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const ENTER = fileURLToPath(new URL('enter-root.sh', import.meta.url));
const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));
const STDERR_KEPT = 4000;
/** Where enter-root.sh puts tools that a root lacks. */
const TOOLS_INSIDE = '/opt/tools/bin';

export const TEMPORAL_INSIDE = `${TOOLS_INSIDE}/temporal`;

/** A place to execute orders: a root, or the machine itself. */
export type Place = {
  /** Null: the machine itself. */
  readonly root: string | null;
  /** The program, an absolute path. */
  readonly node: string;
  /** npm's own directory. */
  readonly npm: string;
  /** The Temporal CLI. */
  readonly temporal: string;
  /** The project's directory in the user's cache. */
  readonly cache: string;
};

/**
 * Executes `orders` and passes on the output meanwhile. Rejects if this ends in any other way than by itself. On the
 * signal, and on the death of this process, everything that runs in a root is killed, and its mounts are gone; on the
 * machine itself the tests are interrupted.
 */
export async function execute(
  orders: Orders,
  place: Place,
  on: { readonly said: (said: Said) => void; readonly signal: AbortSignal },
): Promise<void> {
  on.signal.throwIfAborted();
  const child = place.root === null ? onMachine(place) : inRoot(place.root, place);
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // For a root, its process 1 is killed: unshare ends when that process and all below it are gone. On the machine
    // this acts like Ctrl-C at `npm test`: programs that handle it clean up. The group has the child's number, because
    // the child was started as a leader.
    if (place.root === null) {
      signalUnlessGone(-child.pid, 'SIGINT');
      return;
    }
    const first = childrenOf(child.pid);
    for (const pid of first.length > 0 ? first : [-child.pid]) signalUnlessGone(pid, 'SIGKILL');
  };
  on.signal.addEventListener('abort', kill);
  try {
    const ended = new Promise<string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit ${code ?? 'unknown'}`)));
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-STDERR_KEPT)));
    child.stdin?.on('error', () => undefined); // it ended before it read: its end says why
    child.stdin?.end(JSON.stringify(orders));
    if (child.stdout !== null) {
      for await (const line of createInterface({ input: child.stdout })) on.said(JSON.parse(line) as Said);
    }
    const fault = await ended;
    on.signal.throwIfAborted();
    if (fault !== null) throw new Error(`ended by ${fault}: ${stderr.trim()}`);
  } finally {
    on.signal.removeEventListener('abort', kill);
    kill();
  }
}

function signalUnlessGone(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(pid: number): readonly number[] {
  const listed = absentAs('', () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  return listed
    .split(' ')
    .map(Number)
    .filter((child) => child > 0);
}

/** Why this process may not do what a root needs; null: it may. */
export function whyNoRoots(): Promise<string | null> {
  if (process.getuid?.() !== 0) return Promise.resolve('roots are entered by root only');
  const missing = PROGRAMS.filter((name) => findProgram(name) === null);
  if (missing.length > 0) return Promise.resolve(`roots need ${missing.join(', ')}, which this machine does not have`);
  return new Promise((resolve) => {
    const child = spawn('unshare', [...NAMESPACES, 'sh', '-ec', PROBE], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? null : (stderr.trim().split('\n')[0] ?? 'unshare failed')));
  });
}

/** The programs that fetch, unpack and enter roots. */
const PROGRAMS = ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb', 'setpriv', 'unshare', 'mount', 'pivot_root'];

/** The mounts of enter-root.sh, in short form. */
const PROBE = [
  ...['mount -t tmpfs hosts /mnt', 'cd /mnt', 'mkdir lower changes work both'],
  'mount -t overlay hosts -o lowerdir=lower,upperdir=changes,workdir=work both',
].join('; ');

const NAMESPACES = [
  ...['--mount', '--propagation', 'private', '--net', '--ipc'],
  ...['--pid', '--fork', '--kill-child=SIGKILL', '--'],
];

function inRoot(root: string, place: Place): ChildProcess {
  const space = join(place.cache, 'hosts', 'space'); // each namespace mounts its own there
  mkdirSync(space, { recursive: true });
  const node = [`${TOOLS_INSIDE}/node`, '--import', 'tsx', INSIDE];
  const entered = ['sh', ENTER, root, CHECKOUT, place.cache, place.node, place.npm, place.temporal, space, ...node];
  return started('setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...NAMESPACES, ...entered]);
}

function onMachine(place: Place): ChildProcess {
  return started(place.node, ['--import', 'tsx', INSIDE]);
}

function started(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { cwd: CHECKOUT, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}
