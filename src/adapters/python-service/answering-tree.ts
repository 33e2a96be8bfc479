import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortFailure } from '../../ports/port-failure.js';
import { commandEnvironment, runCommand } from '../process/run-command.js';

/** How long a file system may be silent, and when the whole look must stop. */
export type Patience = { readonly silenceMs: number; readonly signal: AbortSignal };

/** Of what a program says about its errors. */
const MAX_ERRORS = 64 * 1024;

/**
 * The paths below `root`, relative to it, that `find` prints with these tests: one directory after the other, each with
 * its contents. A program does it because it can be ended: a call of our own to a file system that hangs would keep
 * this process from ending. Rejects with PortFailure `StorageFailed` if nothing is found for `silenceMs`, or if a
 * directory cannot be read.
 */
export async function* pathsBelow(
  root: string,
  tests: readonly string[],
  { silenceMs, signal }: Patience,
): AsyncGenerator<string> {
  const child = spawn('find', [root, ...tests, '-printf', '%P\\0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: commandEnvironment(),
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(0, MAX_ERRORS)));
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  status.catch(() => undefined); // awaited below
  const chunks = (child.stdout.setEncoding('utf8') as AsyncIterable<string>)[Symbol.asyncIterator]();
  try {
    let rest = '';
    for (;;) {
      const chunk = await within(chunks.next(), { silenceMs, signal });
      if (chunk === null) throw silent(root, `find was silent for ${silenceMs / 1000} s`);
      if (chunk.done === true) break;
      const paths = `${rest}${chunk.value}`.split('\0');
      rest = paths.pop() ?? '';
      yield* paths;
    }
    if ((await status) !== 0) requireOnlyGone(errors);
  } finally {
    child.kill('SIGKILL');
    // One that waits for the file system does not end before that answers.
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}

/** Null if it takes longer than `silenceMs`; rejects if `signal` is aborted meanwhile. */
async function within<T>(work: Promise<T>, { silenceMs, signal }: Patience): Promise<T | null> {
  work.catch(() => undefined); // perhaps nobody waits for it any more
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([work, sleep(silenceMs, null, { signal: end })]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

/** The last bytes of a file. Rejects with PortFailure `StorageFailed` if it does not answer or cannot be read. */
export async function endOf(file: string, bytes: number, { silenceMs, signal }: Patience): Promise<string> {
  const limits = { timeoutMs: silenceMs, maxBytes: bytes, signal };
  const { code, timedOut, stdout, summary } = await runCommand('tail', ['-c', String(bytes), '--', file], limits);
  signal.throwIfAborted();
  if (timedOut) throw silent(file, summary);
  if (code !== 0) throw new PortFailure('StorageFailed', `${file} cannot be read: ${summary}`);
  return stdout;
}

/** Files that disappear during the search are not missed. */
function requireOnlyGone(errors: string): void {
  const other = errors.split('\n').find((line) => line !== '' && !line.endsWith('No such file or directory'));
  if (other !== undefined) throw new PortFailure('StorageFailed', other);
}

function silent(place: string, why: string, cause?: unknown): PortFailure {
  return new PortFailure('StorageFailed', `${place} does not answer: ${why}`, cause === undefined ? {} : { cause });
}
