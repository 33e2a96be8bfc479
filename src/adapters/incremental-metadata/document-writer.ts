import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { headOf, tailOf, type Kind } from './documents.js';
import { fromMember, toMember } from './gzip-member.js';
import type { MetadataRecord } from './metadata-record.js';

/** Writes one document as gzip members, with the checksums that repomd.xml wants, and proves what it wrote. */
export class DocumentWriter {
  readonly kind: Kind;
  readonly #directory: string;
  readonly #handle: FileHandle;
  readonly #closed = createHash('sha256');
  readonly #open = createHash('sha256');
  #size = 0;
  #openSize = 0;
  #head = 0;

  private constructor(kind: Kind, directory: string, handle: FileHandle) {
    this.kind = kind;
    this.#directory = directory;
    this.#handle = handle;
  }

  static async create(kind: Kind, directory: string, packages: number): Promise<DocumentWriter> {
    const handle = await open(partOf(kind, directory), 'w', 0o644);
    const writer = new DocumentWriter(kind, directory, handle);
    writer.#head = await writer.add(Buffer.from(headOf(kind, packages)));
    return writer;
  }

  /** Bytes of the member with the document's beginning. */
  get head(): number {
    return this.#head;
  }

  /** Takes a member over as it is; `body` is what it holds. */
  async copy(member: Buffer, body: Buffer): Promise<void> {
    this.#closed.update(member);
    this.#open.update(body);
    this.#size += member.length;
    this.#openSize += body.length;
    await this.#handle.write(member);
  }

  /** Makes a member and reads it back; returns its length. */
  async add(body: Buffer): Promise<number> {
    const member = toMember(body);
    if (!fromMember(member).equals(body))
      throw new Error(`a member of the ${this.kind} document was not written right`);
    await this.copy(member, body);
    return member.length;
  }

  /** Ends the document, reads the file back and gives it its content-hash name; returns the tail's length too. */
  async finish(timestamp: number): Promise<{ readonly record: MetadataRecord; readonly tail: number }> {
    const tail = await this.add(Buffer.from(tailOf(this.kind)));
    await this.#handle.close();
    const checksum = this.#closed.digest('hex');
    const part = partOf(this.kind, this.#directory);
    if ((await sha256(part)) !== checksum) throw new Error(`the disk returns another ${this.kind} document`);
    const name = `${checksum}-${this.kind}.xml.gz`;
    await rename(part, path.join(this.#directory, name));
    const record = {
      type: this.kind,
      name,
      checksum,
      openChecksum: this.#open.digest('hex'),
      timestamp,
      size: this.#size,
      openSize: this.#openSize,
    };
    return { record, tail };
  }

  /** Lets go of the file without an end; closing twice is harmless. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}

function partOf(kind: Kind, directory: string): string {
  return path.join(directory, `${kind}.part`);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
