import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient, HttpFailure, type HttpTls } from '../http/request.js';
import { readPrimary, type Packages } from '../repository-store/metadata/primary.js';
import { parseRepomd } from '../repository-store/metadata/repomd.js';

/** The metadata of a repository as its clients get them from Pulp's content server. */
export type PublishedMetadata = {
  /** Where clients find a repository. */
  readonly urlOf: (basePath: string) => URL;
  /** True if clients get a repository there, whatever is in it. Rejects with `PulpUnavailable`. */
  readonly exists: (basePath: string, signal?: AbortSignal) => Promise<boolean>;
  /** Packages by their path; null: no such repository. Rejects with `PulpUnavailable`; also for damaged metadata. */
  readonly read: (basePath: string, signal?: AbortSignal) => Promise<Packages | null>;
  /**
   * Puts a package of a repository into a new file, and resolves with the sha256 of its bytes; null: it is not there.
   * Rejects with `PulpUnavailable`, or the system's errors.
   */
  readonly save: (
    from: { readonly basePath: string; readonly href: string; readonly bytes: number },
    file: string,
    signal?: AbortSignal,
  ) => Promise<string | null>;
  readonly close: () => void;
};

const SILENCE_MS = 60_000;
/** A package of gigabytes takes long as a whole, too. */
const PACKAGE_SILENCE_MS = 360_000;
const MAX_METADATA = 1024 * 1024 * 1024;

/** `contentUrl`: the URL above the base paths. */
export function createPublishedMetadata(contentUrl: string, tls: HttpTls = {}): PublishedMetadata {
  const http = createHttpClient({ timeoutMs: SILENCE_MS, tls });
  const packages = createHttpClient({ timeoutMs: PACKAGE_SILENCE_MS, tls });
  const above = (basePath: string): URL => new URL(`${contentUrl.replace(/\/+$/, '')}/${basePath}/`);
  const repomdOf = (basePath: string): URL => new URL('repodata/repomd.xml', above(basePath));

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
    urlOf: above,
    exists: async (basePath, signal) => (await fetch(repomdOf(basePath), signal)) !== null,
    read: async (basePath, signal) => {
      const url = repomdOf(basePath);
      const body = await fetch(url, signal);
      if (body === null) return null;
      const primary = parseRepomd(body.toString('utf8'))?.files.find(({ type }) => type === 'primary');
      if (primary === undefined) throw unavailable(url, 'it names no primary metadata');
      const file = new URL(`repodata/${primary.name}`, above(basePath));
      const listed = await readFrom(await fetch(file, signal));
      if (listed === null) throw unavailable(file, 'the primary metadata are damaged, or not compressed with gzip');
      return listed;
    },
    save: async ({ basePath, href, bytes }, file, signal) => {
      const url = new URL(href.split('/').map(encodeURIComponent).join('/'), above(basePath));
      const request = {
        method: 'GET',
        url,
        maxBytes: bytes,
        ...(signal === undefined ? {} : { signal }),
      } as const;
      const saved = await packages.save(request, file).catch((error: unknown) => {
        if (!(error instanceof HttpFailure)) throw error;
        throw unavailable(url, error.message);
      });
      if (saved.status === 404) return null;
      if (saved.status !== 200) throw unavailable(url, String(saved.status));
      return saved.sha256;
    },
    close: () => {
      http.close();
      packages.close();
    },
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
