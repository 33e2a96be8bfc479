import { notStarted } from './program-not-started.js';
import { runProgram, type ProgramEnd } from './program-run.js';

/**
 * How a child process ended; it explains itself and never hides a failure. It does not include the arguments: they can
 * be megabytes, and this text may be part of a failure.
 */
export type CommandResult = Omit<Extract<ProgramEnd, { kind: 'ended' }>, 'kind'> & {
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

/** Who starts the programs of this process: this process, or a launcher. */
let runner: typeof runProgram = runProgram;

/** From now on, `run` starts the programs of `runCommand`; without `run`, this process does again. */
export function startProgramsBy(run: typeof runProgram = runProgram): void {
  runner = run;
}

/**
 * Runs a program with an argument vector, never through a shell; to end it, sends SIGTERM, and SIGKILL five seconds
 * later. Rejects only if the program cannot be started (`ProgramNotStarted`); the result describes every other end.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { signal, maxBytes = 1024 * 1024, env, ...rest } = options;
  const end = await runner({ ...rest, program, args, maxBytes, env: commandEnvironment(env) }, signal);
  if (end.kind === 'notStarted') throw await notStarted(program, end.errno);
  const { code, signal: endedBy, timedOut, canceled, stdout, stderr } = end;
  const summary = `${program} ${howItEnded(end, options.timeoutMs)}${tailOf(stderr)}`;
  return { code, signal: endedBy, timedOut, canceled, stdout, stderr, summary };
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

function howItEnded(end: Extract<ProgramEnd, { kind: 'ended' }>, timeoutMs: number): string {
  if (end.timedOut) return `ran longer than ${timeoutMs / 1000} s and was ended`;
  if (end.canceled) return 'was canceled';
  return end.signal === null ? `exited with ${end.code}` : `was ended by ${end.signal}`;
}

function tailOf(stderr: string): string {
  const tail = stderr.trim().split('\n').slice(-3).join(' | ').slice(-500);
  return tail === '' ? '' : `: ${tail}`;
}
