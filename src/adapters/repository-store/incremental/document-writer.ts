import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { headOf, tailOf, type Kind } from './documents.js';
import { fromMember, toMember } from './gzip-member.js';
import type { MetadataRecord } from './metadata-record.js';

/**
 * Writes one document as gzip members, with the checksums for repomd.xml, and verifies the result. Synchronous, because
 * its callers run in their own thread.
 */
export class DocumentWriter {
  readonly kind: Kind;
  readonly #directory: string;
  readonly #closed = createHash('sha256');
  readonly #open = createHash('sha256');
  #size = 0;
  #openSize = 0;
  #descriptor: number | null;
  /** Bytes of the member with the document's beginning. */
  readonly head: number;

  constructor(kind: Kind, directory: string, packages: number) {
    this.kind = kind;
    this.#directory = directory;
    this.#descriptor = openSync(partOf(kind, directory), 'w', 0o644);
    this.head = this.add(Buffer.from(headOf(kind, packages)));
  }

  /** Copies a member unchanged; `body` is its uncompressed content. */
  copy(member: Buffer, body: Buffer): void {
    this.#closed.update(member);
    this.#open.update(body);
    this.#size += member.length;
    this.#openSize += body.length;
    if (this.#descriptor === null) throw new Error('the document has ended');
    for (let done = 0; done < member.length;) done += writeSync(this.#descriptor, member, done);
  }

  /** Compresses a member and reads it back; returns its length. */
  add(body: Buffer): number {
    const member = toMember(body);
    if (!fromMember(member).equals(body))
      throw new Error(`a member of the ${this.kind} document was not written right`);
    this.copy(member, body);
    return member.length;
  }

  /** Ends the document, reads the file back and gives it its content-hash name; returns the tail's length too. */
  finish(timestamp: number): { readonly record: MetadataRecord; readonly tail: number } {
    const tail = this.add(Buffer.from(tailOf(this.kind)));
    this.close();
    const checksum = this.#closed.digest('hex');
    const part = partOf(this.kind, this.#directory);
    if (sha256(part) !== checksum) throw new Error(`the disk returns another ${this.kind} document`);
    const name = `${checksum}-${this.kind}.xml.gz`;
    renameSync(part, path.join(this.#directory, name));
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

  /** Closes the file; closing twice is harmless. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function partOf(kind: Kind, directory: string): string {
  return path.join(directory, `${kind}.part`);
}

/** Not digestOfFile: an update runs in its own thread, so it may block. */
function sha256(file: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const descriptor = openSync(file, 'r');
  try {
    for (let bytes = readSync(descriptor, chunk); bytes > 0; bytes = readSync(descriptor, chunk))
      hash.update(chunk.subarray(0, bytes));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
