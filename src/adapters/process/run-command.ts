import { execa } from 'execa';
import { notStarted } from './program-not-started.js';

/**
 * How a child process ended; it explains itself and never hides a failure. It does not include the arguments: they can
 * be megabytes, and this text may be part of a failure.
 */
export type CommandResult = {
  /** Exit status; null if a signal, a time limit or a cancel ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly canceled: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** One line: the program and how it ended, with the tail of stderr. */
  readonly summary: string;
};

export type CommandOptions = {
  readonly cwd?: string;
  /** Added to a small fixed environment (PATH, HOME, LANG=C.UTF-8); nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly input?: string | Uint8Array;
  /** Bytes kept of each stream; the rest is read and dropped. Default 1 MiB. */
  readonly maxBytes?: number;
};

/** How long to wait for the output of a program that has ended, and in how many steps. */
const PIPE_GRACE_MS = 1000;
const PIPE_LOOKS = 4;

/**
 * Runs a program with an argument vector, never through a shell; to end it, sends SIGTERM, and SIGKILL five seconds
 * later. Rejects only if the program cannot be started (`ProgramNotStarted`); the result describes every other end.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const limit = options.maxBytes ?? 1024 * 1024;
  const child = execa(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    env: commandEnvironment(options.env),
    extendEnv: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: 5000,
    reject: false,
    buffer: false,
    stripFinalNewline: false,
  });
  // Background processes of the program may hold our pipes open forever. After the program's own end, the pipes are
  // read for a moment longer to drain them, and then abandoned. This takes several steps: after this process was
  // stalled, timers run before pipes are read, and a single timer would drop the remaining output.
  child.once('exit', () => {
    let looks = 0;
    const grace = setInterval(() => {
      looks += 1;
      if (looks < PIPE_LOOKS) return;
      clearInterval(grace);
      [child.stdout, child.stderr].forEach((stream) => stream.destroy());
    }, PIPE_GRACE_MS / PIPE_LOOKS);
    child.once('close', () => clearInterval(grace));
  });
  const [stdout, stderr] = await Promise.all([keepHead(child.stdout, limit), keepTail(child.stderr, limit)]);
  const result = await child;
  if (result.exitCode === undefined && result.code !== undefined && !result.timedOut && !result.isCanceled) {
    throw await notStarted(program, result.code);
  }
  const code = result.exitCode ?? null;
  const signal = result.signal ?? null;
  const how = result.timedOut
    ? `ran longer than ${options.timeoutMs / 1000} s and was ended`
    : result.isCanceled
      ? 'was canceled'
      : signal !== null
        ? `was ended by ${signal}`
        : `exited with ${code}`;
  const tail = stderr.trim().split('\n').slice(-3).join(' | ').slice(-500);
  return {
    code,
    signal,
    timedOut: result.timedOut,
    canceled: result.isCanceled,
    stdout,
    stderr,
    summary: `${program} ${how}${tail === '' ? '' : `: ${tail}`}`,
  };
}

/** The environment of programs: small, and the same regardless of who started this process. */
export function commandEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: process.env['HOME'] ?? '/',
    LANG: 'C.UTF-8',
    ...extra,
  };
}

/** The stream's chunks; an abandoned stream ends like any other. */
async function* untilGivenUp(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ABORT_ERR') throw error;
  }
}

async function keepHead(stream: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of untilGivenUp(stream)) {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function keepTail(stream: AsyncIterable<Buffer>, limit: number): Promise<string> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of untilGivenUp(stream)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * limit) {
      const all = Buffer.concat(chunks);
      chunks = [all.subarray(all.length - limit)];
      size = limit;
    }
  }
  const all = Buffer.concat(chunks);
  return all.subarray(Math.max(0, all.length - limit)).toString('utf8');
}
