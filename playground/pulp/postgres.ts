import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian keeps the programs of each major version in a directory of its own, which is not on PATH. */
const VERSIONED = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root; its package brings this user. */
const UNPRIVILEGED_USER = 'postgres';
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'].flatMap((setting) => ['-c', setting]);

/** A cluster of ours: its own directory, port and processes; no other cluster of the machine is touched. */
export type RunningPostgres = {
  readonly bin: string;
  readonly major: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it at once; what it has not written is lost. */
  readonly stop: () => Promise<void>;
};

type Identity = { readonly uid?: number; readonly gid?: number };

/** The directory of PostgreSQL's programs: the newest of Debian's, else the one on PATH. Rejects if there is none. */
export async function findPostgres(): Promise<string> {
  const versions = existsSync(VERSIONED) ? await readdir(VERSIONED) : [];
  const newest = versions.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a));
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const directories = [...newest.map((name) => join(VERSIONED, name, 'bin')), ...onPath];
  const found = directories.find((directory) => existsSync(join(directory, 'initdb')));
  if (found === undefined) throw new Error('PostgreSQL is not installed: no initdb in /usr/lib/postgresql or on PATH');
  return found;
}

/**
 * Starts PostgreSQL in `directory`, on loopback, with the superuser `pulp` and no password; a cluster that is there
 * already is started as it is. Nothing is synced to disk: its data are for a trial or a test.
 */
export async function startPostgres(directory: string, port: number): Promise<RunningPostgres> {
  const bin = await findPostgres();
  const identity = await unprivileged();
  const data = join(directory, 'data');
  await ensureCluster({ bin, directory, data, identity });
  const log = await open(join(directory, 'server.log'), 'a');
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', directory, ...FAST];
  const server = spawn(join(bin, 'postgres'), args, { ...identity, stdio: ['ignore', log.fd, log.fd], cwd: directory });
  await once(server, 'spawn');
  await log.close();
  const stop = (): Promise<void> => endPostgres(server);
  try {
    await untilReady(bin, port, server);
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start; see ${directory}/server.log`, { cause: error });
  }
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], identity);
  const major = /\) (\d+)/.exec(stdout)?.[1] ?? 'unknown';
  return { bin, major, port, pid: server.pid ?? 0, stop };
}

async function ensureCluster(input: {
  readonly bin: string;
  readonly directory: string;
  readonly data: string;
  readonly identity: Identity;
}): Promise<void> {
  const { bin, directory, data, identity } = input;
  if (existsSync(join(data, 'PG_VERSION'))) return;
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o700);
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(directory, identity.uid, identity.gid);
  const args = ['-D', data, '-U', 'pulp', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
  await run(join(bin, 'initdb'), args, { ...identity, cwd: directory });
}

/** Ourselves, or, for root, the user of PostgreSQL's package. */
async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (which) => Number((await run('id', [which, UNPRIVILEGED_USER])).stdout)),
  );
  return uid === undefined || gid === undefined ? {} : { uid, gid };
}

async function untilReady(bin: string, port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
    const isReady = await run(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error('it accepts no connections after 60 s');
    await sleep(50);
  }
}

/** SIGQUIT is its immediate shutdown: it takes its children along. */
async function endPostgres(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGQUIT');
  await gone;
}
