import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { byKind, headOf, KINDS, tailOf, type ByKind, type Kind } from './documents.js';
import { DamagedMember, fromMember } from './gzip-member.js';
import { DamagedMetadata, type Group, type LiveFile, type LiveMetadata } from './live-metadata.js';
import type { MemberIndex } from './member-index.js';

/** Primary records that stay in memory between the two passes; what does not fit is inflated twice. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Our own documents, read member by member; one that is not as the index says is `DamagedMetadata`. */
export function openIndexedDocuments(files: ByKind<LiveFile>, index: MemberIndex): LiveMetadata {
  const kept = new Map<number, Buffer>();
  return {
    primaries: () => primaries(files.primary, index, kept),
    groups: () => groups(files, index, kept),
  };
}

async function* primaries(file: LiveFile, index: MemberIndex, kept: Map<number, Buffer>): AsyncGenerator<Buffer> {
  const reader = await MemberReader.open('primary', file, index);
  let free = KEPT_BYTES;
  try {
    for (const [position, { bytes }] of index.members.entries()) {
      const body = reader.inflate(await reader.next(bytes.primary));
      if (body.length <= free) kept.set(position, body);
      free -= body.length;
      yield body;
    }
  } finally {
    await reader.close();
  }
}

async function* groups(files: ByKind<LiveFile>, index: MemberIndex, kept: Map<number, Buffer>): AsyncGenerator<Group> {
  const readers: MemberReader[] = [];
  try {
    for (const kind of KINDS) readers.push(await MemberReader.open(kind, files[kind], index));
    for (const [position, { bytes }] of index.members.entries()) {
      const [members, bodies] = [byKind(nothing), byKind(nothing)];
      for (const reader of readers) {
        const member = (members[reader.kind] = await reader.next(bytes[reader.kind]));
        const known = reader.kind === 'primary' ? kept.get(position) : undefined;
        bodies[reader.kind] = known ?? reader.inflate(member);
      }
      kept.delete(position);
      yield { bodies, members };
    }
    for (const reader of readers) await reader.finish(index.tails[reader.kind]);
  } finally {
    for (const reader of readers) await reader.close();
  }
}

const nothing = (): Buffer => Buffer.alloc(0);

class MemberReader {
  readonly kind: Kind;
  readonly #file: LiveFile;
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #offset = 0;

  private constructor(kind: Kind, file: LiveFile, handle: FileHandle) {
    this.kind = kind;
    this.#file = file;
    this.#handle = handle;
  }

  static async open(kind: Kind, file: LiveFile, index: MemberIndex): Promise<MemberReader> {
    const reader = new MemberReader(kind, file, await open(file.path));
    const packages = index.members.reduce((sum, member) => sum + member.packages, 0);
    await reader.#expect(index.heads[kind], headOf(kind, packages));
    return reader;
  }

  async next(bytes: number): Promise<Buffer> {
    if (this.#offset + bytes > this.#file.size) throw this.#damage('the index does not fit');
    const buffer = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await this.#handle.read(buffer, 0, bytes, this.#offset);
    if (bytesRead !== bytes) throw this.#damage('it is shorter than repomd.xml states');
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

  async finish(tail: number): Promise<void> {
    await this.#expect(tail, tailOf(this.kind));
    if (this.#offset !== this.#file.size) throw this.#damage('the index does not cover it');
    if (this.#hash.digest('hex') !== this.#file.checksum) throw this.#damage('its checksum is another one');
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #expect(bytes: number, text: string): Promise<void> {
    if (this.inflate(await this.next(bytes)).toString() !== text) throw this.#damage('the index is of another file');
  }

  #damage(why: string): DamagedMetadata {
    return new DamagedMetadata(`the ${this.kind} document is not as our index says: ${why}`);
  }
}
