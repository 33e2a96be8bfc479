import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandError, EXIT_STATUS } from '../exit-status.js';

/** Where a build's logs can be read: the results tree if it is mounted, else its web server. */
export type LogPlace = {
  readonly destdir: string;
  readonly resultsBaseurl: string | null;
  /** Below the results root. */
  readonly resultPath: string;
  /** `builder-live.log` or `backend.log`. */
  readonly name: string;
};

type Sink = (chunk: Buffer) => void;

/** Writes the log from byte `offset` on and returns the new offset; null if there is no log yet. */
export async function copyLogFrom(place: LogPlace, offset: number, sink: Sink): Promise<number | null> {
  const path = join(place.destdir, place.resultPath, place.name);
  const plain = await sizeOf(path);
  if (plain !== null)
    return plain <= offset ? offset : pour(createReadStream(path, { start: offset }), { offset, skip: 0, sink });
  if ((await sizeOf(`${path}.gz`)) !== null) {
    return pour(createReadStream(`${path}.gz`).pipe(createGunzip()), { offset, skip: offset, sink });
  }
  return copyFromWeb(place, offset, sink);
}

/** The same from the results URL; used if this host does not mount the tree. */
async function copyFromWeb(place: LogPlace, offset: number, sink: Sink): Promise<number | null> {
  if (place.resultsBaseurl === null) return null;
  const url = `${place.resultsBaseurl.replace(/\/+$/, '')}/${encodePath(place.resultPath)}/${place.name}`;
  const answer = await get(url, offset);
  if (answer.status === 416) return offset;
  if (answer.ok && answer.body !== null) {
    const skip = answer.status === 206 ? 0 : offset;
    return pour(Readable.fromWeb(answer.body), { offset, skip, sink });
  }
  const packed = await get(`${url}.gz`, 0);
  if (!packed.ok || packed.body === null) return null;
  // A server may send .gz unchanged, or as a content encoding that fetch has already decoded.
  const body = Readable.fromWeb(packed.body);
  const decoded = packed.headers.get('content-encoding') === null ? body.pipe(createGunzip()) : body;
  return pour(decoded, { offset, skip: offset, sink });
}

async function get(url: string, offset: number): Promise<Response> {
  try {
    return await fetch(url, {
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    throw new CommandError(EXIT_STATUS.failed, `the log is not on this host, and ${url} does not answer`, {
      cause: error,
    });
  }
}

async function pour(
  stream: AsyncIterable<unknown>,
  state: { readonly offset: number; readonly skip: number; readonly sink: Sink },
): Promise<number> {
  let position = state.offset - state.skip;
  for await (const piece of stream) {
    const chunk = Buffer.from(piece as Uint8Array);
    const unread = chunk.subarray(Math.max(0, Math.min(chunk.length, state.offset - position)));
    position += chunk.length;
    if (unread.length > 0) state.sink(unread);
  }
  return Math.max(position, state.offset);
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null;
  }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
