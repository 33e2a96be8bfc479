import { cutToFit } from '../../contracts/bounded-text.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { RemoteSession, RemoteShell } from '../../ports/build/remote-shell.js';
import { doubling, withBackoff } from '../../backoff/with-backoff.js';
import { PortFailure } from '../../ports/port-failure.js';

/** Files of copr-rpmbuild on a builder (docs/neighbours/builder.md#files). */
export const BUILDER_DIRECTORY = '/var/lib/copr-rpmbuild';
/** Oldest copr-rpmbuild that supports these commands (docs/neighbours/builder.md#commands). */
const OLDEST_VERSION = '1.6.1';
/** Time limits of the commands (docs/neighbours/builder.md#commands), in ms. */
const COMMAND_MS = 180_000;
const READY_MS = 660_000;
/** Pauses between attempts to reach a builder for the first time. */
const CONNECT_PAUSES = doubling({ firstMs: 500, longestMs: 5000 });

/** Writes a builder's command line; every word is ours or was validated, and is quoted all the same. */
export type CommandWriter = (...words: readonly string[]) => string;

export function taskUrl(facts: BuildFacts, frontendBaseUrl: string): string {
  const route = facts.kind === 'source' ? 'get-srpm-build-task' : 'get-build-task';
  return new URL(`/backend/${route}/${facts.taskId}`, frontendBaseUrl).href;
}

/**
 * Connects, retrying for `withinMs` while the builder cannot be reached: a fresh machine's sshd may need a moment.
 * Another host key than the pinned one is final at once.
 */
export async function connectWithBackoff(
  shell: RemoteShell,
  builder: Builder,
  options: {
    readonly withinMs: number;
    readonly signal: AbortSignal;
    /** Called before using a connection that took more than one attempt; rejects if the machine is no longer ours. */
    readonly stillOurs?: () => Promise<void>;
  },
): Promise<RemoteSession> {
  const until = Date.now() + options.withinMs;
  return withBackoff(
    async ({ failures }) => {
      const session = await shell.connect(builder, { signal: options.signal });
      if (failures > 0) await closingOnRefusal(session, options.stillOurs);
      return session;
    },
    {
      ...{ pauses: CONNECT_PAUSES, signal: options.signal },
      goesOn: (error, { pauseMs }) => error instanceof PortFailure && error.retryable && Date.now() + pauseMs < until,
    },
  );
}

async function closingOnRefusal(session: RemoteSession, ask: (() => Promise<void>) | undefined): Promise<void> {
  try {
    await ask?.();
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Throws `BuilderNotReady` unless copr-rpmbuild is new enough and the builder says that it is ready for the chroot. */
export async function checkBuilder(
  session: RemoteSession,
  chroot: string,
  command: CommandWriter,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly readiness: string }> {
  const query = await session.run(`rpm -q copr-rpmbuild --qf "%{VERSION}\n"`, { timeoutMs: COMMAND_MS, signal });
  const version = query.stdout.trim().split('\n').at(-1) ?? '';
  if (query.code !== 0)
    throw notReady(`copr-rpmbuild is not installed there: ${lastLine(query.stdout + query.stderr)}`);
  if (!isAtLeast(version, OLDEST_VERSION)) {
    throw notReady(`it has copr-rpmbuild ${version}, ${OLDEST_VERSION} or newer is needed`);
  }
  const ready = await session.run(command('copr-builder-ready', chroot), { timeoutMs: READY_MS, signal });
  const readiness = (ready.stdout + ready.stderr).trim();
  if (ready.code !== 0)
    throw notReady(`copr-builder-ready ${chroot} exited with ${ready.code}: ${lastLine(readiness)}`);
  return { version, readiness };
}

/** Starts copr-rpmbuild detached; throws `BuilderStartFailed` with its output. */
export async function startCoprRpmbuild(
  session: RemoteSession,
  input: {
    readonly facts: BuildFacts;
    readonly url: string;
    readonly command: CommandWriter;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { facts, url } = input;
  const words =
    facts.kind === 'source'
      ? ['--srpm', '--task-url', url, '--detached']
      : ['--task-url', url, '--chroot', facts.chroot, '--detached'];
  const started = await session.run(input.command('copr-rpmbuild', '--verbose', '--drop-resultdir', ...words), {
    timeoutMs: COMMAND_MS,
    signal: input.signal,
  });
  const said = (started.stdout + started.stderr).trim();
  if (started.code !== 0) {
    throw new PortFailure('BuilderStartFailed', `copr-rpmbuild exited with ${started.code}: ${lastLine(said)}`);
  }
  return said;
}

/**
 * True if this very task was started here before: its URL is at the beginning of the log, or in the running command
 * line.
 */
export async function isStartedHere(
  session: RemoteSession,
  input: { readonly url: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const probe =
    `head -c 65536 ${BUILDER_DIRECTORY}/main.log 2>/dev/null; ` +
    `ps -ww -o args= -p "$(cat ${BUILDER_DIRECTORY}/pid 2>/dev/null)" 2>/dev/null; true`;
  const { stdout } = await session.run(probe, { timeoutMs: COMMAND_MS, maxBytes: 128 * 1024, signal: input.signal });
  return stdout.split(/[\s'"]+/).includes(input.url);
}

/** Stops whatever runs on the builder; the output is only for the log (docs/neighbours/builder.md#stopping). */
export async function cancelCoprRpmbuild(session: RemoteSession, signal: AbortSignal): Promise<string> {
  const ended = await session.run('copr-rpmbuild-cancel', { timeoutMs: COMMAND_MS, signal });
  return lastLine(ended.stdout + ended.stderr);
}

/** The chroot's name as `copr-builder-ready` expects it. */
export function readinessChroot(facts: BuildFacts): string {
  return facts.kind === 'source' ? SOURCE_CHROOT : facts.chroot;
}

function notReady(why: string): PortFailure {
  return new PortFailure('BuilderNotReady', `the builder is not ready: ${why}`);
}

function lastLine(text: string): string {
  return cutToFit(text.trim().split('\n').at(-1) ?? '', 300);
}

/** Dotted numbers compared part by part. */
function isAtLeast(version: string, oldest: string): boolean {
  const have = version.split('.').map(Number);
  const need = oldest.split('.').map(Number);
  if (have.some(Number.isNaN)) return false;
  for (const [index, part] of need.entries()) {
    const ours = have[index] ?? 0;
    if (ours !== part) return ours > part;
  }
  return true;
}
