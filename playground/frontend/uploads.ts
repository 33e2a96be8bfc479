import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HttpProblem } from '../loopback/http-service.js';
import { isSourceName } from '../loopback/source-name.js';

const UPLOAD_LIMIT = 512 * 1024 * 1024;

/** Directories of sources as users sent them; the builder fetches from here. */
export type Uploads = {
  readonly create: () => Promise<string>;
  readonly store: (id: string, file: string, request: IncomingMessage) => Promise<void>;
  /** File names, sorted; 404 for an unknown upload. */
  readonly list: (id: string) => Promise<readonly string[]>;
  readonly path: (id: string, file: string) => string;
};

/** Uploads below one directory; names come from outside and must not lead out of it. */
export function createUploads(directory: string): Uploads {
  const directoryOf = (id: string): string => {
    if (!/^[0-9a-f]{16}$/.test(id)) throw new HttpProblem(404, 'no such upload');
    return join(directory, id);
  };
  const path = (id: string, file: string): string => join(directoryOf(id), checkedFileName(file));
  const list = async (id: string): Promise<readonly string[]> => {
    try {
      return (await readdir(directoryOf(id))).filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      throw error instanceof HttpProblem ? error : new HttpProblem(404, `there is no upload ${id}`);
    }
  };
  return {
    list,
    path,
    create: async () => {
      const id = randomBytes(8).toString('hex');
      await mkdir(join(directory, id), { recursive: true });
      return id;
    },
    store: async (id, file, request) => {
      const target = path(id, file);
      await list(id);
      const partial = join(directoryOf(id), `.${randomBytes(8).toString('hex')}.part`);
      try {
        await pipeline(request, limitSize, createWriteStream(partial, { flags: 'wx' }));
        await rename(partial, target);
      } finally {
        await rm(partial, { force: true });
      }
    },
  };
}

async function* limitSize(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > UPLOAD_LIMIT) throw new HttpProblem(413, `a source file may have ${UPLOAD_LIMIT} bytes at most`);
    yield chunk;
  }
}

function checkedFileName(name: string): string {
  if (!isSourceName(name)) {
    throw new HttpProblem(
      400,
      `${JSON.stringify(name)} is not a usable file name: at most 200 bytes, no blanks or slashes, no leading dot or dash`,
    );
  }
  return name;
}
