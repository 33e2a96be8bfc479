import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Nevra } from '../../../domain/repository/package-diff.js';
import { decodeEntities } from '../../xml/entities.js';

/** A package's record is some kilobytes; anything larger than this is not metadata. */
const MAX_RECORD = 32 * 1024 * 1024;
const END = '</package>';

/** The content is not metadata made by createrepo_c. */
class DamagedRecords extends Error {}

/**
 * Calls `read` for each record of a primary.xml.gz, in the order of the file, and resolves with their number. Resolves
 * with null if the file is damaged: not gzip, truncated, without a requested field, or with another number of packages
 * than it states. Reads a stream, so that a repository of 20,000 packages never has a document in memory, and other
 * work can run between chunks.
 */
export async function readRecords(file: string, read: (record: PrimaryRecord) => void): Promise<number | null> {
  const scan = createScanner((text) => read(new PrimaryRecord(text)));
  const ended = { byDamage: false };
  try {
    await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      const decoder = new TextDecoder();
      try {
        for await (const chunk of chunks) scan.push(decoder.decode(chunk, { stream: true }));
      } catch (error) {
        // Kept here because a pipeline that is ended early may reject with the abort instead of its reason.
        ended.byDamage = error instanceof DamagedRecords;
        throw error;
      }
    });
  } catch (error) {
    if (ended.byDamage || isDamagedGzip(error)) return null;
    throw error;
  }
  return scan.stated() === scan.records() ? scan.records() : null;
}

/** One package in primary.xml. */
export class PrimaryRecord {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Path below the chroot directory. */
  get href(): string {
    return decodeEntities(this.#find(/<location\b[^>]*?\bhref="([^"]*)"/));
  }

  /** createrepo's name of the digest, and the digest that identifies the package. */
  get checksum(): readonly [type: string, digest: string] {
    const found = /<checksum type="(\w+)" pkgid="YES">([0-9a-f]+)<\/checksum>/.exec(this.#text);
    if (found?.[1] === undefined || found[2] === undefined) throw new DamagedRecords();
    return [found[1], found[2]];
  }

  get nevra(): Nevra {
    const version = this.#find(/<version\b([^>]*)>/);
    const attribute = (pattern: RegExp): string => decodeEntities(pattern.exec(version)?.[1] ?? '');
    return {
      name: decodeEntities(this.#find(/<name>([^<]*)<\/name>/)),
      arch: decodeEntities(this.#find(/<arch>([^<]*)<\/arch>/)),
      epoch: Number(attribute(/\bepoch="([^"]*)"/) || '0'),
      version: attribute(/\bver="([^"]*)"/),
      release: attribute(/\brel="([^"]*)"/),
    };
  }

  /** Unix seconds. */
  get buildTime(): number {
    return Number(this.#find(/<time\b[^>]*\bbuild="(\d{1,15})"/));
  }

  /** Size of the package file. */
  get bytes(): number {
    return Number(this.#find(/<size\b[^>]*\bpackage="(\d{1,15})"/));
  }

  #find(pattern: RegExp): string {
    const found = pattern.exec(this.#text)?.[1];
    if (found === undefined) throw new DamagedRecords();
    return found;
  }
}

/** zlib reports Z_… for a damaged stream; any other error (a disk error) says nothing about the content. */
function isDamagedGzip(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

function createScanner(take: (record: string) => void): {
  readonly push: (text: string) => void;
  readonly stated: () => number | null;
  readonly records: () => number;
} {
  let rest = '';
  let stated: number | null = null;
  let records = 0;
  return {
    push: (text) => {
      let searched = Math.max(0, rest.length - END.length);
      rest += text;
      stated ??= statedCount(rest);
      let begin = 0;
      for (let end = rest.indexOf(END, searched); end !== -1; end = rest.indexOf(END, searched)) {
        take(rest.slice(begin, end));
        records += 1;
        begin = searched = end + END.length;
      }
      rest = rest.slice(begin);
      if (rest.length > MAX_RECORD) throw new DamagedRecords();
    },
    stated: () => stated,
    records: () => records,
  };
}

function statedCount(text: string): number | null {
  const match = /<metadata\b[^>]*\bpackages="(\d{1,9})"/.exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
}
