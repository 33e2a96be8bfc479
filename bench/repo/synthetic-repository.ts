import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { headOf, KINDS, tailOf, type Kind } from '../../src/adapters/repository-store/incremental/documents.js';
import { orderKey } from '../../src/adapters/repository-store/incremental/package-records.js';
import type { MetadataRecord } from '../../src/adapters/repository-store/incremental/metadata-record.js';
import { formatRepomd } from '../../src/adapters/repository-store/metadata/repomd.js';
import { syntheticPackages, type SyntheticPackage, type Weight } from './synthetic-packages.js';

/**
 * A chroot directory with `count` packages and the metadata that createrepo_c would have. The files are links of one
 * empty file: whoever takes known packages over unread never opens them, and they must only be there.
 */
export async function makeSyntheticRepository(chrootDir: string, count: number, weight: Weight): Promise<void> {
  const repodata = path.join(chrootDir, 'repodata');
  await mkdir(repodata, { recursive: true });
  const packages = [...syntheticPackages(count, weight)].sort((one, other) =>
    orderKey(one.location) < orderKey(other.location) ? -1 : 1,
  );
  const file = path.join(chrootDir, '..', `empty-${weight}`);
  await writeFile(file, '');
  for (const { location } of packages) {
    await mkdir(path.join(chrootDir, path.dirname(location)), { recursive: true });
    await link(file, path.join(chrootDir, location));
  }
  const made: MetadataRecord[] = [];
  for (const kind of KINDS) made.push(await writeDocument(repodata, kind, packages));
  const files = made.map((record) => ({
    ...record,
    algorithm: 'sha256',
    timestamp: String(record.timestamp),
    databaseVersion: null,
  }));
  await writeFile(path.join(repodata, 'repomd.xml'), formatRepomd({ revision: '1', files }));
}

async function writeDocument(
  repodata: string,
  kind: Kind,
  packages: readonly SyntheticPackage[],
): Promise<MetadataRecord> {
  const [opened, closed] = [createHash('sha256'), createHash('sha256')];
  let openSize = 0;
  function* chunks(): Generator<Buffer> {
    for (const text of texts(kind, packages)) {
      const chunk = Buffer.from(text);
      opened.update(chunk);
      openSize += chunk.length;
      yield chunk;
    }
  }
  const part = path.join(repodata, `${kind}.part`);
  await pipeline(Readable.from(chunks()), createGzip({ level: 6 }), createWriteStream(part));
  for await (const chunk of createReadStream(part)) closed.update(chunk as Buffer);
  const checksum = closed.digest('hex');
  const name = `${checksum}-${kind}.xml.gz`;
  const { size } = await stat(part);
  await rename(part, path.join(repodata, name));
  return { type: kind, name, checksum, openChecksum: opened.digest('hex'), timestamp: 1, size, openSize };
}

/** Some hundred records at a time. */
function* texts(kind: Kind, packages: readonly SyntheticPackage[]): Generator<string> {
  yield headOf(kind, packages.length);
  for (let at = 0; at < packages.length; at += 200)
    yield packages
      .slice(at, at + 200)
      .map(({ xml }) => xml[kind])
      .join('');
  yield tailOf(kind);
}
