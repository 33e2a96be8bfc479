import type { FileHandle } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PortFailure } from '../../ports/port-failure.js';
import { withStorage } from '../files/storage-failure.js';

/** The text of a log: positions are those of the text, also where its file is compressed by gzip. */
export type LogText = { readonly handle: FileHandle; readonly name: string; readonly isCompressed: boolean };

const CHUNK = 256 * 1024;
/** At the end of a file of gzip: the length of its text, modulo 2^32 (RFC 1952, ISIZE). */
const LENGTH_BYTES = 4;
const LENGTH_MODULO = 2 ** 32;

/** The bytes from a position on, until the present end. Rejects with PortFailure `StorageFailed`. */
export async function* bytesOf(text: LogText, from: number): AsyncGenerator<Buffer> {
  if (!text.isCompressed) {
    yield* chunksOf(text, from);
    return;
  }
  let skipped = 0;
  for await (const chunk of unzipped(text)) {
    const begin = Math.min(chunk.length, from - skipped);
    skipped += begin;
    if (begin < chunk.length) yield chunk.subarray(begin);
  }
}

/** True if a compressed log ends there: if all of it is counted, it need not be unzipped again. */
export async function endsAt({ handle, name, isCompressed }: LogText, position: number): Promise<boolean> {
  if (!isCompressed || position === 0) return false;
  return withStorage(`${name} cannot be read`, async () => {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(LENGTH_BYTES), 0, LENGTH_BYTES, size - LENGTH_BYTES);
    return bytesRead === LENGTH_BYTES && buffer.readUInt32LE() === position % LENGTH_MODULO;
  });
}

async function* chunksOf({ handle, name }: LogText, from: number): AsyncGenerator<Buffer> {
  for (let at = from; ;) {
    const read = (): Promise<{ bytesRead: number; buffer: Buffer }> => handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
    const { bytesRead, buffer } = await withStorage(`${name} cannot be read`, read);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unzipped(text: LogText): AsyncGenerator<Buffer> {
  try {
    // Its errors reach the reader.
    yield* pipeline(Readable.from(chunksOf(text, 0)), createGunzip(), () => undefined) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof PortFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new PortFailure('StorageFailed', `${text.name} cannot be unzipped: ${why}`, { cause: error });
  }
}
