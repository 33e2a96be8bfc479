import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { parseContentNetworkLog } from '../../domain/maintenance/content-network-log.js';
import type { AccessBatch, AccessLog, AccessLogs } from '../../ports/maintenance/hit-counting.js';
import { PortFailure } from '../../ports/port-failure.js';

/** A log of CloudFront has some thousand lines; an object that unpacks to more is not one. */
const MAX_BYTES = 256 * 1024 * 1024;
const ATTEMPTS = 5;
const TIMEOUT_MS = 60_000;

export type BucketOptions = {
  readonly bucket: string;
  readonly prefix: string;
  /** Names that clients use for the results of this installation. */
  readonly hosts: ReadonlySet<string>;
  /** Deletes a log once it is counted. */
  readonly deletes: boolean;
  /** Another S3 than Amazon's; null: as the environment says. */
  readonly endpoint: string | null;
};

type Found = { readonly key: string; readonly tag: string; readonly size: number };

/** The logs that CloudFront puts into a bucket; credentials and region as the environment has them. */
export function createBucketLogs(options: BucketOptions): AccessLogs & { readonly close: () => void } {
  const { bucket, prefix, endpoint } = options;
  const client = new S3Client({
    maxAttempts: ATTEMPTS,
    requestHandler: { requestTimeout: TIMEOUT_MS, connectionTimeout: TIMEOUT_MS },
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
  });

  async function* found(signal: AbortSignal): AsyncGenerator<Found> {
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
    for (;;) {
      signal.throwIfAborted();
      const page = await answered(`s3://${bucket}/${prefix} cannot be listed`, () => pages.next());
      if (page.done === true) return;
      for (const { Key: key, ETag: tag, Size: size } of page.value.Contents ?? [])
        if (key !== undefined && tag !== undefined) yield { key, tag, size: size ?? 0 };
    }
  }

  /** Its position is a byte of the object, which never changes: it is counted as a whole. */
  function logOf({ key, tag, size }: Found): AccessLog {
    const name = `s3://${bucket}/${key}`;
    return {
      id: `${name} ${tag}`,
      name,
      isRotated: false,
      batches: async function* (from): AsyncGenerator<AccessBatch> {
        if (from < size) yield { upTo: size, accesses: await accessesIn(name, key) };
      },
      finish: async () => {
        if (!options.deletes) return 'kept';
        await answered(`${name} cannot be deleted`, () =>
          client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
        );
        return 'deleted';
      },
    };
  }

  async function accessesIn(name: string, key: string): Promise<AccessBatch['accesses']> {
    const bytes = await answered(`${name} cannot be read`, async () => {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await body?.transformToByteArray()) ?? new Uint8Array();
    });
    const log = parseContentNetworkLog(await unpack(name, bytes), options.hosts);
    if (log.is === 'ours') return log.accesses;
    if (log.is === 'unreadable') throw invalid(`${name} is not a log of CloudFront: ${log.why}`);
    throw invalid(`${name} is a log of ${log.host} too, which is not ours`);
  }

  return {
    logs: async function* (signal) {
      for await (const one of found(signal)) if (one.size > 0) yield logOf(one);
    },
    close: () => client.destroy(),
  };
}

async function unpack(name: string, bytes: Uint8Array): Promise<string> {
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8');
  } catch (error) {
    throw invalid(`${name} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function answered<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new PortFailure('StorageFailed', `${doing}: ${why}`, { cause: error });
  }
}

function invalid(message: string): PortFailure {
  // The object stays what it is.
  return new PortFailure('StorageFailed', message, { retryable: false });
}
