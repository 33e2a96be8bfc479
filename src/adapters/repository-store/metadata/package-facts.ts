import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { PrunablePackage } from '../../../domain/prune/prune-selection.js';
import { errnoOf } from '../../files/storage-failure.js';
import { decodeEntities } from './xml-entities.js';

const END = '</package>';
/** A package's own record is some kilobytes; one that is larger than this is no metadata. */
const MAX_RECORD = 32 * 1024 * 1024;

/**
 * Name, version, age and size of every package of a primary.xml.gz, source packages included; null when it is damaged
 * or says something else than createrepo_c does. Read as a stream: other work gets its turn between chunks.
 */
export async function readPackageFacts(file: string): Promise<readonly PrunablePackage[] | null> {
  const packages: PrunablePackage[] = [];
  let rest = '';
  const head: { stated: number | null } = { stated: null };
  const take = (text: string): void => {
    rest += text;
    head.stated ??= statedCount(rest);
    let begin = 0;
    for (let end = rest.indexOf(END); end !== -1; end = rest.indexOf(END, begin)) {
      packages.push(factsOf(rest.slice(begin, end)));
      begin = end + END.length;
    }
    rest = rest.slice(begin);
    if (rest.length > MAX_RECORD) throw new DamagedFacts();
  };
  try {
    await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      const decoder = new TextDecoder();
      for await (const chunk of chunks) take(decoder.decode(chunk, { stream: true }));
    });
  } catch (error) {
    // zlib has codes of its own; anything the system refuses is no statement about the content.
    if (error instanceof DamagedFacts || errnoOf(error) === null) return null;
    throw error;
  }
  return head.stated === packages.length ? packages : null;
}

class DamagedFacts extends Error {}

function statedCount(text: string): number | null {
  const count = /<metadata\b[^>]*\bpackages="(\d{1,9})"/.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

function factsOf(record: string): PrunablePackage {
  const one = (pattern: RegExp): string => {
    const found = pattern.exec(record)?.[1];
    if (found === undefined) throw new DamagedFacts();
    return decodeEntities(found);
  };
  const version = one(/(<version\b[^>]*>)/);
  const attribute = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(version)?.[1] ?? '';
  return {
    href: one(/<location\b[^>]*?\bhref="([^"]*)"/),
    name: one(/<name>([^<]*)<\/name>/),
    arch: one(/<arch>([^<]*)<\/arch>/),
    epoch: Number(attribute('epoch') || '0'),
    version: attribute('ver'),
    release: attribute('rel'),
    buildTime: Number(one(/<time\b[^>]*\bbuild="(\d{1,15})"/)),
    bytes: Number(one(/<size\b[^>]*\bpackage="(\d{1,15})"/)),
  };
}
