import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** A part of a file: `bytes` from `start` on. */
export type FilePart = { readonly path: string; readonly name: string; readonly start: number; readonly bytes: number };

/** The body of a multipart request, which can be begun any number of times. */
export type MultipartBody = {
  readonly headers: Readonly<Record<string, string>>;
  readonly open: () => Readable;
};

/** Text fields, then one file in the field `file`, read from the disk as it is sent. */
export function multipart(file: FilePart, fields: Readonly<Record<string, string>> = {}): MultipartBody {
  const boundary = `copr-${randomUUID()}`;
  const texts = Object.entries(fields).map(([name, value]) => `${headOf(boundary, `name="${name}"`)}\r\n${value}\r\n`);
  const name = file.name.replaceAll(/["\r\n]/g, '_');
  const head = `${headOf(boundary, `name="file"; filename="${name}"`)}Content-Type: application/octet-stream\r\n\r\n`;
  const before = Buffer.from(texts.join('') + head);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + file.bytes + after.length),
    },
    open: () => Readable.from(pieces(before, file, after), { objectMode: false }),
  };
}

async function* pieces(before: Buffer, file: FilePart, after: Buffer): AsyncGenerator<Buffer> {
  yield before;
  if (file.bytes > 0) {
    const range = { start: file.start, end: file.start + file.bytes - 1, highWaterMark: 256 * 1024 };
    for await (const chunk of createReadStream(file.path, range)) yield chunk as Buffer;
  }
  yield after;
}

function headOf(boundary: string, disposition: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
}
