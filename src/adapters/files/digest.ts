import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Digest of a text (its UTF-8) or of bytes, in hexadecimal; `algorithm` is a name of node:crypto's. */
export function digestOf(content: string | Uint8Array, algorithm = 'sha256'): string {
  return createHash(algorithm).update(content).digest('hex');
}

/** Digest of a file, read in chunks so that other work can run in between. Rejects with the system's errors. */
export async function digestOfFile(file: string, algorithm = 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
