import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { DiskUsage } from '../../ports/maintenance/disk-usage.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createMountedRoot } from '../file-tree/mounted-root.js';
import { commandEnvironment } from '../process/run-command.js';

/** Lines about what could not be read that are kept. */
const MAX_TROUBLES = 1000;

/**
 * `DiskUsage` by `du -x`, or by another program that prints KiB, a tab and a path for each directory. Nothing that this
 * process could do is faster than du, and its output is read while it runs.
 */
export function createDiskUsage(deps: { readonly destdir: string; readonly command?: readonly string[] }): DiskUsage {
  const root = path.resolve(deps.destdir);
  const within = createMountedRoot(root);
  const [program = 'du', ...args] = deps.command ?? ['du', '-x', root];
  return {
    measure: (each, { signal, listing }) =>
      within(`${root} cannot be measured`, async () => {
        const child = spawn(program, args, {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: commandEnvironment(),
          signal,
          killSignal: 'SIGTERM',
        });
        const ended = once(child, 'close') as Promise<[number | null, string | null]>;
        ended.catch(() => undefined); // awaited below
        const copy = listing === null ? null : createWriteStream(listing);
        const copied = copy === null ? null : finished(copy);
        copied?.catch(() => undefined); // awaited below
        const troubles = collect(child.stderr);
        for await (const lines of linesOf(child.stdout, copy)) for (const line of lines) take(line, root, each);
        const [status, by] = await ended.catch((error: unknown) => {
          signal.throwIfAborted();
          const why = error instanceof Error ? error.message : String(error);
          throw failed(`${program} cannot be run: ${why}`, error);
        });
        await copied;
        const lines = await troubles;
        // du exits with 1 for a file that went while it looked; its sums hold.
        if (by !== null || (status !== 0 && lines.length === 0))
          throw failed(`${program} ended with ${by ?? status ?? ''}: ${lines.join('; ').slice(0, 500)}`);
        return lines.filter((line) => !line.includes('No such file or directory'));
      }),
  };
}

function take(line: string, root: string, each: (names: readonly string[], kib: number) => void): void {
  const tab = line.indexOf('\t');
  const kib = Number(line.slice(0, tab));
  if (tab < 1 || !Number.isSafeInteger(kib) || !line.startsWith(root, tab + 1)) return;
  const below = line.slice(tab + 1 + root.length + 1);
  if (below !== '') each(below.split('/'), kib);
}

/**
 * The lines of the program, many at a time: handed out one by one, as readline does, they take five times the CPU time.
 * `copy` gets all that was read.
 */
async function* linesOf(stream: Readable, copy: Writable | null): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder();
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (copy?.write(chunk) === false) await once(copy, 'drain');
      const lines = `${rest}${decoder.write(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
    if (rest !== '') yield [rest];
  } finally {
    copy?.end();
  }
}

async function collect(stream: NodeJS.ReadableStream): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) if (lines.length < MAX_TROUBLES) lines.push(line);
  return lines;
}

function failed(message: string, cause?: unknown): PortFailure {
  return new PortFailure('StorageFailed', message, cause === undefined ? {} : { cause });
}
