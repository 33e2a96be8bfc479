import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Nevra } from '../../../domain/repository/package-diff.js';
import { nodeAlgorithm } from './repomd.js';
import { decodeEntities } from './xml-entities.js';

export type IndexedPackage = { readonly algorithm: string; readonly checksum: string };
/** Packages by their path below the chroot directory. */
export type Packages = ReadonlyMap<string, IndexedPackage>;

/** A package's own record is some kilobytes; one that is larger than this is no metadata. */
const MAX_RECORD = 32 * 1024 * 1024;
const END = '</package>';

/**
 * Reads primary.xml.gz as a stream of records and keeps two facts of each: a repository of 20,000 packages has no
 * document in memory, and the event loop gets its turn between chunks. Null when it is damaged: not gzip, cut off, or
 * with another number of packages than it states.
 */
export async function readPrimary(file: string): Promise<Packages | null> {
  const packages = new Map<string, IndexedPackage>();
  const records = await readRecords(file, (record) => keepRecord(packages, record));
  return records === packages.size ? packages : null;
}

/** The packages of a repository by name, in the order of the file; null when it is damaged. */
export async function readNevras(file: string): Promise<readonly Nevra[] | null> {
  const names: Nevra[] = [];
  const records = await readRecords(file, (record) => names.push(nevraOf(record)));
  return records === null ? null : names;
}

/** Hands every package's record on; returns how many there are, null when the file is damaged. */
async function readRecords(file: string, keep: (record: string) => void): Promise<number | null> {
  const scan = createScanner(keep);
  try {
    await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      const decoder = new TextDecoder();
      for await (const chunk of chunks) scan.push(decoder.decode(chunk, { stream: true }));
    });
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
  return scan.stated() === scan.records() ? scan.records() : null;
}

class DamagedMetadata extends Error {}

/** zlib says Z_… for a damaged stream; anything else (a disk error) is no statement about the content. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedMetadata) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

function createScanner(keep: (record: string) => void): {
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
        keep(rest.slice(begin, end));
        records += 1;
        begin = searched = end + END.length;
      }
      rest = rest.slice(begin);
      if (rest.length > MAX_RECORD) throw new DamagedMetadata();
    },
    stated: () => stated,
    records: () => records,
  };
}

function statedCount(text: string): number | null {
  const match = /<metadata\b[^>]*\bpackages="(\d{1,9})"/.exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
}

function keepRecord(packages: Map<string, IndexedPackage>, record: string): void {
  const href = /<location\b[^>]*?\bhref="([^"]*)"/.exec(record)?.[1];
  const [, algorithm, checksum] = /<checksum type="(\w+)" pkgid="YES">([0-9a-f]+)<\/checksum>/.exec(record) ?? [];
  if (href === undefined || algorithm === undefined || checksum === undefined) throw new DamagedMetadata();
  packages.set(decodeEntities(href), { algorithm: nodeAlgorithm(algorithm), checksum });
}

function nevraOf(record: string): Nevra {
  const text = (name: string): string =>
    decodeEntities(new RegExp(`<${name}>([^<]*)</${name}>`).exec(record)?.[1] ?? '');
  const [, version = ''] = /<version\b([^>]*)>/.exec(record) ?? [];
  const attribute = (name: string): string =>
    decodeEntities(new RegExp(`\\b${name}="([^"]*)"`).exec(version)?.[1] ?? '');
  const epoch = Number(attribute('epoch') || '0');
  return { name: text('name'), arch: text('arch'), epoch, version: attribute('ver'), release: attribute('rel') };
}
