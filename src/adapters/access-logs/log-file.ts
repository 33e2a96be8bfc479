import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isAccessLine, LIGHTTPD_START, parseAccessLine } from '../../domain/maintenance/access-line.js';
import type { AccessBatch, AccessLog, AccessLogs } from '../../ports/maintenance/hit-counting.js';
import { PortFailure } from '../../ports/port-failure.js';
import { digestOf } from '../files/digest.js';
import { closing } from '../files/atomic-file.js';
import { withStorage } from '../files/storage-failure.js';

/** Lines in one report to the frontend (docs/neighbours/storage.md#hits). */
const BATCH_LINES = 1000;
const CHUNK = 256 * 1024;
/** A line that is longer is not a web server's. */
const MAX_LINE = 1024 * 1024;
/** Lines at most that tell one log from another, if none of them is a request. */
const TELLING_LINES = 5;

/** The access log of lighttpd or nginx in one file, which may be growing and may be renamed between two rounds. */
export function createLogFile({ file }: { readonly file: string }): AccessLogs {
  return {
    logs: async function* () {
      yield await withStorage(`${file} cannot be read`, () => openLog(file));
    },
  };
}

async function openLog(file: string): Promise<AccessLog> {
  const first = await withHandle(file, async (handle) => {
    for await (const { line } of linesOf(handle, 0)) return line;
    return null;
  });
  if (first !== null && !first.startsWith(LIGHTTPD_START) && !isAccessLine(first)) {
    const why = `its first line is neither '${LIGHTTPD_START}' of lighttpd nor an access of nginx`;
    // Another file has to be named.
    throw new PortFailure('StorageFailed', `${file} is not an access log: ${why}`, { retryable: false });
  }
  return {
    id: `log ${await identify(file)}`,
    name: path.resolve(file),
    batches: (from, signal) => batchesOf(file, from, signal),
    finish: () => Promise.resolve('kept'),
  };
}

/** The digest of the lines up to the first request, which has its time and client. A copy of a log is the same log. */
async function identify(file: string): Promise<string> {
  return withHandle(file, async (handle) => {
    let telling = '';
    let lines = 0;
    for await (const { line } of linesOf(handle, 0)) {
      telling += `${line}\n`;
      lines += 1;
      if (isAccessLine(line) || lines === TELLING_LINES) return digestOf(telling);
    }
    return digestOf(telling);
  });
}

async function* batchesOf(file: string, from: number, signal: AbortSignal): AsyncGenerator<AccessBatch> {
  const handle = await withStorage(`${file} cannot be read`, () => open(file, 'r'));
  try {
    let batch: { upTo: number; lines: string[] } = { upTo: from, lines: [] };
    for await (const { line, end } of linesOf(handle, from)) {
      signal.throwIfAborted();
      batch.lines.push(line);
      batch.upTo = end;
      if (batch.lines.length < BATCH_LINES) continue;
      yield parsed(batch);
      batch = { upTo: end, lines: [] };
    }
    if (batch.lines.length > 0) yield parsed(batch);
  } finally {
    await handle.close();
  }
}

function parsed({ upTo, lines }: { readonly upTo: number; readonly lines: readonly string[] }): AccessBatch {
  return { upTo, accesses: lines.map(parseAccessLine).filter((access) => access !== null) };
}

function withHandle<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  return open(file, 'r').then((handle) => closing(handle, () => work(handle)));
}

/** Whole lines from a position on, with the position after each; the last one of a growing log may still be a part. */
async function* linesOf(
  handle: FileHandle,
  from: number,
): AsyncGenerator<{ readonly line: string; readonly end: number }> {
  let rest = Buffer.alloc(0);
  let at = from;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at + rest.length);
    if (bytesRead === 0) return;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let begin = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, begin)) {
      const line = rest.toString('utf8', begin, end);
      begin = end + 1;
      yield { line, end: at + begin };
    }
    at += begin;
    rest = rest.subarray(begin);
    if (rest.length <= MAX_LINE) continue;
    at += rest.length; // skipped as it comes
    rest = Buffer.alloc(0);
  }
}
