import { byKind, UnusualMetadata, type ByKind, type Kind } from './documents.js';
import { decodeEntities } from '../../xml/entities.js';
import { attributeSpellings } from '../metadata/attribute-spellings.js';

export const RECORD_BEGIN = Buffer.from('<package ');
export const RECORD_END = Buffer.from('</package>\n');
const LOCATION = '<location ';
/** Characters that need no escaping in an attribute; almost every location consists only of these. */
const PLAIN = /^[\x21\x23-\x25\x27-\x3b\x3d\x3f-\x7e]+$/;

/** A package's records in the three documents, byte for byte. */
export type PackageRecord = {
  readonly location: string;
  readonly pkgid: string;
  readonly xml: ByKind<Buffer>;
  /** Total of all three records. */
  readonly bytes: number;
};

/** Splits consecutive records; there must be nothing between them. */
export function splitRecords(body: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  for (let begin = 0; begin < body.length;) {
    const end = body.indexOf(RECORD_END, begin);
    const isRecord = body.subarray(begin, begin + RECORD_BEGIN.length).equals(RECORD_BEGIN);
    if (end === -1 || !isRecord) throw new UnusualMetadata('there is something other than packages between packages');
    records.push(body.subarray(begin, end + RECORD_END.length));
    begin = end + RECORD_END.length;
  }
  return records;
}

/** The packages of three sequences of records, which must list the same packages in the same order. */
export function recordsOf(bodies: ByKind<Buffer>, baseurl: string | null): readonly PackageRecord[] {
  const rows = byKind((kind) => splitRecords(bodies[kind]));
  const locations = locationsOf(bodies.primary, baseurl);
  return rows.primary.map((primary, index) => {
    const location = locations[index];
    const [filelists, other] = [rows.filelists[index], rows.other[index]];
    if (location === undefined || filelists === undefined || other === undefined)
      throw new UnusualMetadata('the documents have different numbers of packages');
    const pkgid = pkgidOf('primary', primary);
    if (pkgidOf('filelists', filelists) !== pkgid || pkgidOf('other', other) !== pkgid)
      throw new UnusualMetadata(`the documents disagree about the checksum of ${location}`);
    const bytes = primary.length + filelists.length + other.length;
    return { location, pkgid, xml: { primary, filelists, other }, bytes };
  });
}

/**
 * The locations of the packages in consecutive primary records. No text can look like a location, because a `<` in it
 * is escaped.
 */
export function locationsOf(primary: Buffer, baseurl: string | null): readonly string[] {
  const begins =
    baseurl === null
      ? ['<location href="']
      : attributeSpellings(baseurl).map((base) => `<location xml:base="${base.toString('latin1')}" href="`);
  const locations: string[] = [];
  // As latin1 text: searching a string is many times cheaper than searching a buffer.
  const text = primary.toString('latin1');
  for (let at = text.indexOf(LOCATION); at !== -1; at = text.indexOf(LOCATION, at + LOCATION.length)) {
    const begin = begins.find((one) => text.startsWith(one, at)) ?? '';
    const end = text.indexOf('"/>', at);
    const written = text.slice(at + begin.length, end);
    const isPlain = PLAIN.test(written);
    const location = isPlain ? written : decodeEntities(Buffer.from(written, 'latin1').toString());
    if (begin === '' || !(isPlain || isWrittenSo(location, written)))
      throw new UnusualMetadata(`the place of a package is written in an unusual way: ${text.slice(at, at + 200)}`);
    locations.push(location);
  }
  return locations;
}

/**
 * True if the location can be found as it is written (bytes as text), and its order as text equals its order as bytes.
 */
function isWrittenSo(location: string, written: string): boolean {
  return (
    /^[\x21-\x7e\xa1-\ud7ff]+$/.test(location) &&
    attributeSpellings(location).some((spelling) => spelling.toString('latin1') === written)
  );
}

/** A record's checksum of its package file. */
export function pkgidOf(kind: Kind, record: Buffer): string {
  const text =
    kind === 'primary'
      ? /<checksum type="sha256" pkgid="YES">([0-9a-f]{64})<\/checksum>/.exec(record.toString('latin1'))
      : /^<package pkgid="([0-9a-f]{64})"/.exec(record.toString('latin1', 0, 100));
  if (text?.[1] === undefined) throw new UnusualMetadata('a package has no sha256 checksum');
  return text[1];
}

/**
 * Name, architecture, epoch, version and release from a primary record: equal for packages that a client cannot tell
 * apart.
 */
export function nevraOf(primary: Buffer): string {
  const text = primary.toString('utf8');
  return [/<name>[^<]*<\/name>/, /<arch>[^<]*<\/arch>/, /<version [^>]*>/]
    .map((part) => part.exec(text)?.[0] ?? '')
    .join('');
}

/**
 * createrepo_c sorts by file name and then by directory, both as bytes (seen with 0.17.3 and 1.2.5): keys of this form
 * compare in its order.
 */
export function orderKey(location: string): string {
  const slash = location.lastIndexOf('/');
  return `${location.slice(slash + 1)}\0${location.slice(0, Math.max(slash, 0))}`;
}
