import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { byKind, headOf, KINDS, tailOf, type ByKind, type Kind } from './documents.js';
import { DamagedMember, fromMember } from './gzip-member.js';
import { DamagedMetadata, type Group, type LiveFile, type LiveMetadata, type PrimaryGroup } from './live-metadata.js';
import type { MemberIndex } from './member-index.js';

/** Primary records kept in memory between the two passes; those that do not fit are inflated twice. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Reads our own documents member by member; throws `DamagedMetadata` if one differs from the index. */
export function openIndexedDocuments(files: ByKind<LiveFile>, index: MemberIndex): LiveMetadata {
  const kept = new Map<number, Buffer>();
  return {
    primaries: () => primaries(files.primary, index, kept),
    groups: () => groups(files, index, kept),
  };
}

function* primaries(file: LiveFile, index: MemberIndex, kept: Map<number, Buffer>): Generator<PrimaryGroup> {
  const reader = new MemberReader('primary', file, index);
  let free = KEPT_BYTES;
  try {
    for (const [position, member] of index.members.entries()) {
      const body = reader.inflate(reader.next(member.bytes.primary));
      if (body.length <= free) kept.set(position, body);
      free -= body.length;
      yield { body, indexed: member };
    }
  } finally {
    reader.close();
  }
}

function* groups(files: ByKind<LiveFile>, index: MemberIndex, kept: Map<number, Buffer>): Generator<Group> {
  const readers: MemberReader[] = [];
  try {
    for (const kind of KINDS) readers.push(new MemberReader(kind, files[kind], index));
    for (const [position, { bytes }] of index.members.entries()) {
      const [members, bodies] = [byKind(nothing), byKind(nothing)];
      for (const reader of readers) {
        const member = (members[reader.kind] = reader.next(bytes[reader.kind]));
        const known = reader.kind === 'primary' ? kept.get(position) : undefined;
        bodies[reader.kind] = known ?? reader.inflate(member);
      }
      kept.delete(position);
      yield { bodies, members };
    }
    for (const reader of readers) reader.finish(index.tails[reader.kind]);
  } finally {
    for (const reader of readers) reader.close();
  }
}

const nothing = (): Buffer => Buffer.alloc(0);

class MemberReader {
  readonly kind: Kind;
  readonly #file: LiveFile;
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('sha256');
  #offset = 0;

  constructor(kind: Kind, file: LiveFile, index: MemberIndex) {
    this.kind = kind;
    this.#file = file;
    this.#descriptor = openSync(file.path, 'r');
    const packages = index.members.reduce((sum, member) => sum + member.packages, 0);
    this.#expect(index.heads[kind], headOf(kind, packages));
  }

  next(bytes: number): Buffer {
    if (this.#offset + bytes > this.#file.size) throw this.#damage('the index does not fit');
    const buffer = Buffer.allocUnsafe(bytes);
    if (readSync(this.#descriptor, buffer, 0, bytes, this.#offset) !== bytes)
      throw this.#damage('it is shorter than repomd.xml states');
    this.#offset += bytes;
    this.#hash.update(buffer);
    return buffer;
  }

  inflate(member: Buffer): Buffer {
    try {
      return fromMember(member);
    } catch (error) {
      if (error instanceof DamagedMember) throw this.#damage(error.message);
      throw error;
    }
  }

  finish(tail: number): void {
    this.#expect(tail, tailOf(this.kind));
    if (this.#offset !== this.#file.size) throw this.#damage('the index does not cover it');
    if (this.#hash.digest('hex') !== this.#file.checksum) throw this.#damage('its checksum is another one');
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #expect(bytes: number, text: string): void {
    if (this.inflate(this.next(bytes)).toString() !== text) throw this.#damage('the index is of another file');
  }

  #damage(why: string): DamagedMetadata {
    return new DamagedMetadata(`the ${this.kind} document is not as our index says: ${why}`);
  }
}
