import type { FollowActivities } from '../../contracts/activities.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { RemoteResult, RemoteSession } from '../../ports/build/remote-shell.js';
import type { ActivityDependencies } from '../dependencies.js';
import { pauseOrStop, withHeartbeat } from '../heartbeat.js';

/**
 * The file on the builder in which the user sets how long it is kept: a Unix time, written by a tool in their shell.
 */
const EXPIRY_FILE = '/run/copr-builder-expiration';
/**
 * The builder is kept this long unless its user says otherwise, and never longer than three days
 * (docs/neighbours/builder.md#visits-by-users).
 */
const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 259_200;
const LOOK_MS = 60_000;
const COMMAND_MS = 60_000;
/** An ssh packet is sure to carry 32 KiB (RFC 4253, 6.1), and a kernel accepts 128 KiB as one argument. */
const MAX_COMMAND_BYTES = 30_000;
/** Anything larger is not a user's list of keys. */
const MAX_KEY_BYTES = 1024 * 1024;

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'rootShell' | 'backendLog' | 'messages' | 'settings' | 'log' | 'command'
>;

/**
 * Gives the build's user root access to the builder; returns whether that worked. Any failure is noted in backend.log
 * and delays nothing: the build itself does not need its user.
 */
export async function grantAccess(
  deps: Dependencies,
  input: {
    readonly facts: BuildFacts;
    readonly builder: Builder;
    readonly startedOn: number;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const { facts, builder, signal } = input;
  try {
    const keys = (await deps.frontend.buildTask(facts.taskId))?.sshPublicKeys ?? null;
    if (keys === null) throw new Error('the frontend has no key of the user any more');
    const session = await deps.rootShell.connect(builder, { signal });
    try {
      const expiry = String(input.startedOn + DEFAULT_SECONDS);
      for (const lines of inPieces(keys, (text) => Buffer.byteLength(deps.command('echo', text))))
        await mustRun(session, `${deps.command('echo', lines)} >> /root/.ssh/authorized_keys`, signal);
      // Last, because it announces that the user has access.
      await mustRun(session, `${deps.command('echo', '-n', expiry)} > ${EXPIRY_FILE}`, signal);
    } finally {
      session.close();
    }
    const port = builder.port === null ? '' : ` -p ${builder.port}`;
    await deps.backendLog.note(facts, [
      `You may log in to the builder: ssh${port} root@${builder.host}`,
      'It is kept for an hour after its start unless you prolong it there; three days at most.',
    ]);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const text = `ssh access to the builder could not be set up, so it is not kept after the build: ${why}`;
    await deps.backendLog.note(facts, [text], 'WARNING');
    return false;
  }
}

/** Splits the keys into whole lines, as many as fit into one command; `bytesOf` gives the length of its words. */
function inPieces(keys: string, bytesOf: (text: string) => number): readonly string[] {
  const bytes = Buffer.byteLength(keys);
  if (bytes > MAX_KEY_BYTES)
    throw new Error(`the user's keys are ${bytes} bytes, and ${MAX_KEY_BYTES} are the most that are taken`);
  const pieces: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const [at, line] of keys.split('\n').entries()) {
    const own = bytesOf(line);
    if (own > MAX_COMMAND_BYTES)
      throw new Error(`line ${at + 1} of the user's keys is ${own} bytes, and ${MAX_COMMAND_BYTES} are the most`);
    length += own;
    if (length > MAX_COMMAND_BYTES) {
      pieces.push([]);
      length = own;
    }
    pieces.at(-1)?.push(line);
  }
  return pieces.map((lines) => lines.join('\n'));
}

/** True if an earlier attempt gave the user access, or if the builder cannot be asked. */
export async function hasAccess(
  deps: Pick<Dependencies, 'rootShell' | 'log'>,
  { builder, signal }: { readonly builder: Builder; readonly signal: AbortSignal },
): Promise<boolean> {
  const asked = await askAsRoot(deps, { builder, signal, command: `test -s ${EXPIRY_FILE}` });
  return asked === null || asked.code === 0;
}

/** Keeps a builder for its user after the build is over. */
export function createUserAccessActivities(deps: Dependencies): Pick<FollowActivities, 'keepForUser'> {
  return {
    keepForUser: ({ facts, builder, startedOn }) =>
      withHeartbeat(deps, async ({ signal, remember }) => {
        let said: number | null = null;
        for (;;) {
          const expiry = Math.min(
            (await readExpiry(builder, signal)) ?? startedOn + DEFAULT_SECONDS,
            startedOn + MAX_SECONDS,
          );
          if (expiry !== said) {
            said = expiry;
            await deps.backendLog.note(facts, [
              `The builder is kept for its user until ${new Date(expiry * 1000).toISOString()}`,
            ]);
          }
          const left = expiry * 1000 - Date.now();
          if (left <= 0) return;
          remember({ keptUntil: expiry });
          await pauseOrStop(Math.min(left, LOOK_MS), signal);
        }
      }),
  };

  /** The user's value; null if it cannot be read, or is not a time. That a builder is gone shows later. */
  async function readExpiry(builder: Builder, signal: AbortSignal): Promise<number | null> {
    const asked = await askAsRoot(deps, { builder, signal, command: `cat ${EXPIRY_FILE}` });
    const value = Number.parseFloat(asked?.stdout.trim() ?? '');
    return asked?.code === 0 && Number.isFinite(value) ? value : null;
  }
}

/** The builder's answer to root; null: it cannot be reached. */
async function askAsRoot(
  { rootShell, log }: Pick<Dependencies, 'rootShell' | 'log'>,
  { builder, signal, command }: { readonly builder: Builder; readonly signal: AbortSignal; readonly command: string },
): Promise<RemoteResult | null> {
  try {
    const session = await rootShell.connect(builder, { signal });
    try {
      return await session.run(command, { timeoutMs: COMMAND_MS, signal });
    } finally {
      session.close();
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof PortFailure)) throw error;
    log.warn({ host: builder.host, error: error.message }, 'what a builder has of its user cannot be read');
    return null;
  }
}

async function mustRun(session: RemoteSession, command: string, signal: AbortSignal): Promise<void> {
  const { code, stdout, stderr } = await session.run(command, { timeoutMs: COMMAND_MS, signal });
  if (code !== 0) throw new Error(`exit status ${code}: ${(stdout + stderr).trim().slice(0, 200)}`);
}
