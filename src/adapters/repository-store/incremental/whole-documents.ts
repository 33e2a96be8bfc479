import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { byKind, statedPackages, tailOf, UnusualMetadata, type ByKind, type Kind } from './documents.js';
import { DamagedMetadata, type Group, type LiveFile, type LiveMetadata, type PrimaryGroup } from './live-metadata.js';
import { RECORD_BEGIN, RECORD_END } from './package-records.js';

const CHUNK_BYTES = 256 * 1024;
/** Bytes of primary records taken at a time; the other documents may have much more about the same packages. */
const GROUP_BYTES = 64 * 1024;
/** A package's record is some kilobytes, or some megabytes if it has very many files. */
const MAX_RECORD = 64 * 1024 * 1024;

/** Reads published documents from any tool from end to end; only one group is in memory at a time, never a document. */
export function openWholeDocuments(
  files: ByKind<LiveFile>,
): LiveMetadata & { readonly groups: () => AsyncIterable<Group> } {
  return { primaries: () => primaries(files), groups: () => groups(files) };
}

async function* primaries(files: ByKind<LiveFile>): AsyncGenerator<PrimaryGroup> {
  const reader = new RecordReader('primary', files.primary);
  try {
    for (let row = await reader.take(byBytes); row.packages > 0; row = await reader.take(byBytes))
      yield { body: row.body, indexed: null };
    reader.finish();
  } finally {
    await reader.close();
  }
}

async function* groups(files: ByKind<LiveFile>): AsyncGenerator<Group> {
  const readers = byKind((kind) => new RecordReader(kind, files[kind]));
  const { primary, filelists, other } = readers;
  try {
    for (let row = await primary.take(byBytes); row.packages > 0; row = await primary.take(byBytes)) {
      const { packages, body } = row;
      const asMany = (taken: Row): boolean => taken.packages >= packages;
      const bodies = {
        primary: body,
        filelists: (await filelists.take(asMany)).body,
        other: (await other.take(asMany)).body,
      };
      yield { bodies, members: null };
    }
    for (const reader of Object.values(readers)) {
      // All three documents must end here, or there would be packages that the primary document does not list.
      if ((await reader.take((taken) => taken.packages > 0)).packages > 0)
        throw new UnusualMetadata('the documents have different numbers of packages');
      reader.finish();
    }
  } finally {
    for (const reader of Object.values(readers)) await reader.close();
  }
}

type Row = { readonly packages: number; readonly bytes: number };
const byBytes = (taken: Row): boolean => taken.bytes >= GROUP_BYTES;

class RecordReader {
  readonly #kind: Kind;
  readonly #file: LiveFile;
  readonly #hash = createHash('sha256');
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);
  #atEnd = false;
  #stated: number | null = null;
  #read = 0;

  constructor(kind: Kind, file: LiveFile) {
    this.#kind = kind;
    this.#file = file;
    const source = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
    source.on('data', (chunk) => this.#hash.update(chunk));
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    pipeline(source, gunzip, () => undefined); // an error of either shows in the iteration
    this.#chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /** The next whole records until `isEnough`, or as many as there are. */
  async take(isEnough: (taken: Row) => boolean): Promise<{ readonly packages: number; readonly body: Buffer }> {
    await this.#readHead();
    let packages = 0;
    let end = 0;
    let searched = 0;
    while (!isEnough({ packages, bytes: end }) || packages === 0) {
      const found = this.#rest.indexOf(RECORD_END, searched);
      if (found !== -1) {
        packages += 1;
        searched = end = found + RECORD_END.length;
      } else {
        searched = Math.max(end, this.#rest.length - RECORD_END.length);
        if (this.#rest.length - end > MAX_RECORD) throw new UnusualMetadata('a record is too long');
        if (!(await this.#readMore())) break;
      }
    }
    const body = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    this.#read += packages;
    return { packages, body };
  }

  /** Proves that the document is at its end, complete, and the file that repomd.xml names. */
  finish(): void {
    if (!this.#atEnd || this.#rest.toString('latin1').trimEnd() !== tailOf(this.#kind))
      throw new UnusualMetadata(`the ${this.#kind} document ends in an unusual way`);
    if (this.#stated !== this.#read)
      throw new UnusualMetadata(`the ${this.#kind} document states another number of packages than it has`);
    if (this.#hash.digest('hex') !== this.#file.checksum)
      throw new DamagedMetadata(`the ${this.#kind} document has another checksum than repomd.xml states`);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #readHead(): Promise<void> {
    if (this.#stated !== null) return;
    let begin = -1;
    while (begin === -1) {
      begin = this.#rest.indexOf(RECORD_BEGIN);
      if (begin === -1) begin = this.#rest.indexOf(tailOf(this.#kind));
      if (begin === -1 && (this.#rest.length > CHUNK_BYTES || !(await this.#readMore()))) begin = 0;
    }
    this.#stated = statedPackages(this.#kind, this.#rest.toString('latin1', 0, begin));
    if (this.#stated === null) throw new UnusualMetadata(`the ${this.#kind} document begins in an unusual way`);
    this.#rest = this.#rest.subarray(begin);
  }

  async #readMore(): Promise<boolean> {
    let next: IteratorResult<Buffer, undefined>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      throw new DamagedMetadata(`the ${this.#kind} document cannot be read`, { cause: error });
    }
    if (next.done === true) this.#atEnd = true;
    else this.#rest = Buffer.concat([this.#rest, next.value]);
    return !this.#atEnd;
  }
}
