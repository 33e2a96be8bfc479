import { execa } from 'execa';

/** A program to run, as plain data: another process may start it. */
export type ProgramRun = {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly input?: string | Uint8Array;
  /** Bytes kept of each stream: the head of stdout, the tail of stderr. */
  readonly maxBytes: number;
};

/** How a program ended, or the errno of `spawn` if it was not started. */
export type ProgramEnd =
  | {
      readonly kind: 'ended';
      /** Exit status; null if a signal, a time limit or a cancel ended it. */
      readonly code: number | null;
      readonly signal: string | null;
      readonly timedOut: boolean;
      readonly canceled: boolean;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'notStarted'; readonly errno: string };

/** How long to wait for the output of a program that has ended, and in how many steps. */
const PIPE_GRACE_MS = 1000;
const PIPE_LOOKS = 4;

/**
 * Runs a program as a child of this process. To end it, sends SIGTERM, and SIGKILL five seconds later.
 *
 * @param started called with the program's pid once it runs
 */
export async function runProgram(
  run: ProgramRun,
  signal?: AbortSignal,
  started: (pid: number) => void = () => undefined,
): Promise<ProgramEnd> {
  const child = execa(run.program, run.args, {
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(run.input === undefined ? { stdin: 'ignore' as const } : { input: run.input }),
    env: { ...run.env },
    extendEnv: false,
    timeout: run.timeoutMs,
    forceKillAfterDelay: 5000,
    reject: false,
    buffer: false,
    stripFinalNewline: false,
  });
  if (child.pid !== undefined) started(child.pid);
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
  const limit = run.maxBytes;
  const [stdout, stderr] = await Promise.all([keepHead(child.stdout, limit), keepTail(child.stderr, limit)]);
  const { exitCode, code: errno, signal: endedBy, timedOut, isCanceled: canceled } = await child;
  if (exitCode === undefined && errno !== undefined && !timedOut && !canceled) return { kind: 'notStarted', errno };
  return { kind: 'ended', code: exitCode ?? null, signal: endedBy ?? null, timedOut, canceled, stdout, stderr };
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
