import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDatabase, PULP_ADMIN } from './database.js';
import { installPulp } from './install.js';
import { startPostgres } from './postgres.js';
import { pulpSettings, type PulpPlace } from './settings.js';

export type PulpPorts = { readonly api: number; readonly content: number; readonly database: number };

/** A part of Pulp; each is a process group of its own. */
const PARTS = ['api', 'content', 'worker'] as const;
export type PulpPart = (typeof PARTS)[number];

/** Pulp with its database, on loopback. */
export type RunningPulp = {
  /** `base_url` of a client; `api_root` is `/pulp/`, the domain `default`. */
  readonly url: string;
  /** Below it are the base paths of distributions. */
  readonly contentUrl: string;
  readonly username: string;
  readonly password: string;
  /** Stops the processes of one part where they are; what is asked of it waits. */
  readonly pause: (part: PulpPart) => void;
  readonly resume: (part: PulpPart) => void;
  readonly stopDatabase: () => Promise<void>;
  /** Starts it again, a worker with it, and whatever ended without it. */
  readonly startDatabase: () => Promise<void>;
  /** Ends everything; the directory stays. */
  readonly stop: () => Promise<void>;
};

const ARGUMENTS: Readonly<Record<PulpPart, (ports: PulpPorts) => readonly string[]>> = {
  api: (ports) => ['--bind', `127.0.0.1:${ports.api}`, '--workers', '1'],
  content: (ports) => ['--bind', `127.0.0.1:${ports.content}`, '--workers', '1'],
  worker: () => [],
};

const READY_MS = 120_000;

/**
 * Starts Pulp with its files and its database in `directory`, which a later call may use again; installs it if the
 * machine has none (installPulp). Rejects if PostgreSQL is missing or a part does not start.
 */
export async function startPulp(input: {
  readonly directory: string;
  readonly ports: PulpPorts;
  /** How long clients may still read what a distribution no longer serves; none, so that a test sees it go. */
  readonly retentionSeconds?: number;
  readonly say?: (line: string) => void;
}): Promise<RunningPulp> {
  const { directory, ports, retentionSeconds = 0, say = () => undefined } = input;
  const pulp = await installPulp(say);
  const place = { directory, databasePort: ports.database, contentPort: ports.content, retentionSeconds };
  const env = await layOut(place, pulp.bin);
  // PostgreSQL runs as another user, who has to pass through.
  await chmod(directory, 0o711);
  let postgres = await startPostgres(join(directory, 'postgresql'), ports.database);
  const parts = new Map<PulpPart, ChildProcess>();
  const url = `http://127.0.0.1:${ports.api}`;

  async function launch(part: PulpPart): Promise<void> {
    const log = await open(join(directory, `${part}.log`), 'a');
    const program = join(pulp.bin, `pulpcore-${part}`);
    const child = spawn(program, ARGUMENTS[part](ports), { env, stdio: ['ignore', log.fd, log.fd], detached: true });
    parts.set(part, child);
    await once(child, 'spawn');
    await log.close();
  }
  async function stop(): Promise<void> {
    await Promise.all([...parts.values()].map(end));
    await postgres.stop();
  }

  try {
    await ensureDatabase({ pulp, postgres, env, say });
    for (const part of PARTS) await launch(part);
    await untilReady(url, parts, directory);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ url, contentUrl: pulpContentUrl(ports), ...PULP_ADMIN, stop },
    pause: (part) => signalGroup(parts.get(part), 'SIGSTOP'),
    resume: (part) => signalGroup(parts.get(part), 'SIGCONT'),
    stopDatabase: () => postgres.stop(),
    startDatabase: async () => {
      postgres = await startPostgres(join(directory, 'postgresql'), ports.database);
      // Each ends when it loses its database, sooner or later.
      for (const part of PARTS) {
        await end(parts.get(part));
        await launch(part);
      }
      await untilReady(url, parts, directory);
    },
  };
}

/** Where clients find what Pulp serves; a distribution's base path follows. */
export function pulpContentUrl({ content }: Pick<PulpPorts, 'content'>): string {
  return `http://127.0.0.1:${content}/pulp/content/`;
}

/** Directories, settings and the key for secrets in the database; returns the environment of Pulp's programs. */
async function layOut(place: PulpPlace, bin: string): Promise<NodeJS.ProcessEnv> {
  const { directory } = place;
  for (const name of ['media', 'static', 'tmp', 'uploads'])
    await mkdir(join(directory, 'files', name), { recursive: true });
  const settings = join(directory, 'settings.py');
  await writeFile(settings, pulpSettings(place));
  const key = join(directory, 'database-key');
  if (!existsSync(key)) await writeFile(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  return { ...process.env, PULP_SETTINGS: settings, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

async function untilReady(url: string, parts: ReadonlyMap<PulpPart, ChildProcess>, directory: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await isPulpReady(url, parts.get('worker')?.pid ?? 0))) {
    for (const [part, child] of parts)
      if (child.exitCode !== null) throw new Error(`Pulp's ${part} ended at once; see ${directory}/${part}.log`);
    if (Date.now() > deadline) throw new Error(`Pulp was not ready after ${READY_MS / 1000} s; see ${directory}/*.log`);
    await sleep(100);
  }
}

/**
 * True once Pulp's own status names a database, a worker and a content server. Pulp counts a worker that is gone for half
 * a minute more, so a certain one is looked for by its name, `<pid>@<host>`; null: any.
 */
export async function isPulpReady(url: string, worker: number | null): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/pulp/api/v3/status/`);
    const status = (await answer.json()) as Readonly<Record<string, readonly { readonly name: string }[] | undefined>>;
    const workers = status['online_workers'] ?? [];
    const isWorking = worker === null ? workers.length > 0 : workers.some(({ name }) => name.startsWith(`${worker}@`));
    return isWorking && (status['online_content_apps'] ?? []).length > 0;
  } catch {
    return false;
  }
}

/** Ends a part with its children. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const late = setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000);
  await gone;
  clearTimeout(late);
}

/** Only a group that was started here: a process that has ended may have left its number to another. */
function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}
