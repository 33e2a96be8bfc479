import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient, HttpFailure, type HttpTls } from '../http/request.js';
import { readPrimary, type Packages } from '../repository-store/metadata/primary.js';
import { parseRepomd } from '../repository-store/metadata/repomd.js';

/** The metadata of a repository as its clients get them from Pulp's content server. */
export type PublishedMetadata = {
  /** Packages by their path; null: no such repository. Rejects with `PulpUnavailable`; also for damaged metadata. */
  readonly read: (basePath: string, signal?: AbortSignal) => Promise<Packages | null>;
  readonly close: () => void;
};

const SILENCE_MS = 60_000;
const MAX_METADATA = 1024 * 1024 * 1024;

/** `contentUrl`: the URL above the base paths. */
export function createPublishedMetadata(contentUrl: string, tls: HttpTls = {}): PublishedMetadata {
  const http = createHttpClient({ timeoutMs: SILENCE_MS, tls });

  async function fetch(url: URL, signal: AbortSignal | undefined): Promise<Buffer | null> {
    const request = {
      method: 'GET',
      url,
      maxBytes: MAX_METADATA,
      ...(signal === undefined ? {} : { signal }),
    } as const;
    const answer = await http.request(request).catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error;
      throw unavailable(url, error.message);
    });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw unavailable(url, String(answer.status));
    return answer.body;
  }

  return {
    read: async (basePath, signal) => {
      const base = new URL(`${contentUrl.replace(/\/+$/, '')}/${basePath}/`);
      const url = new URL('repodata/repomd.xml', base);
      const body = await fetch(url, signal);
      if (body === null) return null;
      const primary = parseRepomd(body.toString('utf8'))?.files.find(({ type }) => type === 'primary');
      if (primary === undefined) throw unavailable(url, 'it names no primary metadata');
      const file = new URL(`repodata/${primary.name}`, base);
      const packages = await readFrom(await fetch(file, signal));
      if (packages === null) throw unavailable(file, 'the primary metadata are damaged, or not compressed with gzip');
      return packages;
    },
    close: http.close,
  };
}

/** Records are read from a file: the text of a large repository never is in memory as a whole. */
async function readFrom(compressed: Buffer | null): Promise<Packages | null> {
  if (compressed === null) return null;
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-pulp-'));
  try {
    const file = path.join(directory, 'primary.xml.gz');
    await writeFile(file, compressed);
    return await readPrimary(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function unavailable(url: URL, why: string): PortFailure {
  return new PortFailure('PulpUnavailable', `GET ${url.href}: ${why}`);
}
