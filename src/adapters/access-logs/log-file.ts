import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isAccessLine, LIGHTTPD_START, parseAccessLine } from '../../domain/maintenance/access-line.js';
import type { AccessBatch, AccessLog, AccessLogs } from '../../ports/maintenance/hit-counting.js';
import { PortFailure } from '../../ports/port-failure.js';
import { digestOf } from '../files/digest.js';
import { orNull, withStorage } from '../files/storage-failure.js';
import { bytesOf, endsAt, type LogText } from './log-text.js';
import { rotatedOf } from './rotated-files.js';

/** Lines in one report to the frontend (docs/neighbours/storage.md#hits). */
const BATCH_LINES = 1000;
/** A line that is longer is not a web server's. */
const MAX_LINE = 1024 * 1024;
/** Lines at most that tell one log from another, if none of them is a request. */
const TELLING_LINES = 5;

/**
 * The access log of lighttpd or nginx in one file, which may be growing and may be renamed between two rounds. With
 * `withRotated`, those that logrotate has put beside it come first, compressed by gzip or not: between two rounds the
 * last part of a log may be written and rotated away.
 */
export function createLogFile(deps: { readonly file: string; readonly withRotated: boolean }): AccessLogs {
  const file = path.resolve(deps.file);
  return {
    logs: async function* () {
      for (const rotated of deps.withRotated ? await rotatedOf(file) : []) {
        const handle = await withStorage(`${rotated} cannot be read`, () => orNull(open(rotated, 'r')));
        if (handle !== null) yield* opened(handle, rotated, true);
      }
      yield* opened(await withStorage(`${file} cannot be read`, () => open(file, 'r')), file, false);
    },
  };
}

/** The log in an open file: it stays the same one if the file is renamed meanwhile. */
async function* opened(handle: FileHandle, name: string, isRotated: boolean): AsyncGenerator<AccessLog> {
  const text: LogText = { handle, name, isCompressed: name.endsWith('.gz') };
  try {
    const log = { name, isRotated, finish: () => Promise.resolve('kept' as const) };
    const id = await identify(text).catch((error: unknown) => {
      if (!isRotated || !(error instanceof PortFailure)) throw error;
      return error;
    });
    if (typeof id === 'string')
      yield { ...log, id, batches: (from: number, signal: AbortSignal) => batchesOf(text, from, signal) };
    // One that cannot be read does not hide the others.
    else yield { ...log, id: `unreadable ${name}`, batches: () => rejecting(id) };
  } finally {
    await handle.close();
  }
}

// eslint-disable-next-line require-yield -- it is a log without lines
async function* rejecting(error: PortFailure): AsyncGenerator<AccessBatch> {
  await Promise.reject(error);
}

/**
 * The digest of the lines up to the first request, which has its time and client. A copy of a log is the same log,
 * compressed or not. Rejects with PortFailure if it is not an access log.
 */
async function identify(text: LogText): Promise<string> {
  let telling = '';
  let lines = 0;
  for await (const { line } of linesOf(text, 0)) {
    if (lines === 0 && !line.startsWith(LIGHTTPD_START) && !isAccessLine(line)) {
      const why = `its first line is neither '${LIGHTTPD_START}' of lighttpd nor an access of nginx`;
      // Another file has to be named.
      throw new PortFailure('StorageFailed', `${text.name} is not an access log: ${why}`, { retryable: false });
    }
    telling += `${line}\n`;
    lines += 1;
    if (isAccessLine(line) || lines === TELLING_LINES) break;
  }
  return `log ${digestOf(telling)}`;
}

async function* batchesOf(text: LogText, from: number, signal: AbortSignal): AsyncGenerator<AccessBatch> {
  if (await endsAt(text, from)) return;
  let batch: { upTo: number; lines: string[] } = { upTo: from, lines: [] };
  for await (const { line, end } of linesOf(text, from)) {
    signal.throwIfAborted();
    batch.lines.push(line);
    batch.upTo = end;
    if (batch.lines.length < BATCH_LINES) continue;
    yield parsed(batch);
    batch = { upTo: end, lines: [] };
  }
  if (batch.lines.length > 0) yield parsed(batch);
}

function parsed({ upTo, lines }: { readonly upTo: number; readonly lines: readonly string[] }): AccessBatch {
  return { upTo, accesses: lines.map(parseAccessLine).filter((access) => access !== null) };
}

/** Whole lines from a position on, with the position after each; the last one of a growing log may still be a part. */
async function* linesOf(text: LogText, from: number): AsyncGenerator<{ readonly line: string; readonly end: number }> {
  let rest = Buffer.alloc(0);
  let at = from;
  for await (const chunk of bytesOf(text, from)) {
    rest = Buffer.concat([rest, chunk]);
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
