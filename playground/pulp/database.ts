import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { InstalledPulp } from './install.js';
import type { RunningPostgres } from './postgres.js';

const run = promisify(execFile);

/** The administrator of Pulp, in every database made here. */
export const PULP_ADMIN = { username: 'admin', password: 'admin' } as const;

/**
 * Makes Pulp's tables and its administrator in an empty cluster. Its migrations take half a minute, so their outcome is
 * kept beside the installed version, and restored in a second the next time.
 */
export async function ensureDatabase(input: {
  readonly pulp: InstalledPulp;
  readonly postgres: RunningPostgres;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}): Promise<void> {
  const { pulp, postgres, env, say } = input;
  const at = ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'pulp'];
  const psql = (...args: readonly string[]): ReturnType<typeof run> =>
    run(join(postgres.bin, 'psql'), [...at, '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', ...args]);
  const { stdout } = await psql('-d', 'postgres', '-c', "select 1 from pg_database where datname = 'pulp'");
  if (stdout.toString().trim() === '1') return;
  await psql('-d', 'postgres', '-c', 'create database pulp');
  const dump = join(pulp.directory, `database-postgresql${postgres.major}.sql`);
  if (existsSync(dump)) {
    await psql('-d', 'pulp', '-o', '/dev/null', '-f', dump);
    return;
  }
  say('making the tables of Pulp (half a minute, once)');
  const manager = join(pulp.bin, 'pulpcore-manager');
  await run(manager, ['migrate', '--noinput'], { env, maxBuffer: 16 << 20 });
  await run(manager, ['reset-admin-password', '--password', PULP_ADMIN.password], { env });
  const fresh = `${dump}.${process.pid}`;
  try {
    await run(join(postgres.bin, 'pg_dump'), [...at, '-f', fresh, 'pulp']);
    await rename(fresh, dump);
  } finally {
    await rm(fresh, { force: true });
  }
}
