import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';

/** The one pair of keys that the server accepts. */
export const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'a secret of the test' } as const;
export const REGION = 'us-east-1';

export type S3Server = {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** `GET key`, `DELETE key`, and `refused` for a wrong signature. */
  readonly seen: string[];
  /** Called before an object is deleted, which waits for it; `refused`: it stays. */
  onDelete: () => Promise<'refused'> | undefined;
  readonly stop: () => Promise<void>;
};

/** A bucket on loopback that checks the signature (v4) of every request, and answers lists in pages of two. */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => void answer(request, response));
  });

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', self.url);
    if (!(await isSigned(request, url))) {
      self.seen.push('refused');
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    if (url.pathname === `/${bucket}/` || url.pathname === `/${bucket}`) {
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(listing(bucket, self.objects, url.searchParams));
      return;
    }
    const key = decodeURIComponent(url.pathname.slice(bucket.length + 2));
    self.seen.push(`${request.method ?? ''} ${key}`);
    const content = self.objects.get(key);
    if (request.method === 'DELETE') {
      if ((await self.onDelete()) !== 'refused') self.objects.delete(key);
      response.writeHead(204).end();
    } else if (content === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200, { etag: etagOf(content) }).end(content);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: S3Server = {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    objects: new Map(),
    seen: [],
    onDelete: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

function etagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

function listing(bucket: string, objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? '';
  const keys = [...objects.keys()].sort().filter((key) => key.startsWith(prefix) && key > after);
  const page = keys.slice(0, 2);
  const isTruncated = keys.length > page.length;
  const entries = page.map((key) => {
    const content = objects.get(key) ?? Buffer.alloc(0);
    const etag = etagOf(content).replaceAll('"', '&quot;');
    return `<Contents><Key>${key}</Key><ETag>${etag}</ETag><Size>${content.length}</Size></Contents>`;
  });
  const next = isTruncated ? `<NextContinuationToken>${page.at(-1) ?? ''}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${entries.join('')}</ListBucketResult>`;
}

/** Signs the request's signed headers once more, and compares. */
async function isSigned(request: http.IncomingMessage, url: URL): Promise<boolean> {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/[^,]+, SignedHeaders=([^,]+), Signature=([\da-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  const date = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(String(request.headers['x-amz-date']));
  if (given?.[1] !== KEYS.accessKeyId || date === null) return false;
  const names = given[2]?.split(';') ?? [];
  const signer = new SignatureV4({
    ...{ service: 's3', region: REGION, credentials: KEYS, sha256: Sha256, uriEscapePath: false, applyChecksum: false },
  });
  const [, year, month, day, hour, minute, second] = date.map(Number);
  const signed = await signer.sign(
    {
      method: request.method ?? 'GET',
      protocol: 'http:',
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(names.map((name) => [name, String(request.headers[name])])),
    },
    {
      signingDate: new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)),
      signableHeaders: new Set(names),
    },
  );
  return signed.headers['authorization']?.endsWith(`Signature=${given[3] ?? ''}`) === true;
}

type Digest = ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

class Sha256 {
  readonly #key: string | ArrayBuffer | ArrayBufferView | undefined;
  #hash: Digest;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = key;
    this.#hash = this.#begin();
  }

  #begin(): Digest {
    if (this.#key === undefined) return createHash('sha256');
    return createHmac('sha256', typeof this.#key === 'string' ? this.#key : bytesOf(this.#key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
