import { SaxesParser } from 'saxes';
import { PortFailure } from '../../ports/port-failure.js';

/** A comps file has no deeper elements than this: groups contain lists of packages, nothing more. */
const MAX_DEPTH = 20;
/**
 * A document type may be named (comps files have one) but must define nothing: entities can make small files expand.
 */
const DOCTYPE = /^\s+[^\s"'<>[\]]+(\s+(SYSTEM|PUBLIC\s+("[^"]*"|'[^']*'))\s+("[^"]*"|'[^']*'))?\s*$/;
/** An XML declaration up to the name of its encoding, and that name. */
const ENCODING = /^(<\?xml\s[^>]*?\sencoding\s*=\s*["'])([A-Za-z][\w.-]*)/;
const READ = 'UTF-8, UTF-16, ISO-8859-1 and US-ASCII are read';

/**
 * The bytes to publish for an uploaded comps file: unchanged, but converted to UTF-8 if they are in another encoding,
 * because libcomps ignores the declared encoding (0.1.19). Rejects with `UploadInvalid` for anything but a comps file
 * in well-formed XML: createrepo_c would put anything into the metadata, and clients would then read no group at all.
 */
export function publishedComps(bytes: Buffer): Buffer {
  const text = decode(bytes);
  checkElements(text);
  const isAsUploaded = Buffer.from(text, 'utf8').equals(withoutMark(bytes));
  return isAsUploaded ? bytes : Buffer.from(text.replace(ENCODING, '$1UTF-8'), 'utf8');
}

/** The text without its byte order mark. Finds the encoding from mark and declaration, as in XML 1.0 (appendix F). */
function decode(bytes: Buffer): string {
  const wide = wideEncoding(bytes);
  const head = wide === null ? withoutMark(bytes).toString('latin1', 0, 300) : strict(bytes, wide).slice(0, 300);
  const declared = ENCODING.exec(head)?.[2] ?? null;
  const known = declared?.toUpperCase() ?? wide ?? 'UTF-8';
  if (!['UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-16BE', 'ISO-8859-1', 'US-ASCII'].includes(known))
    throw invalid(`is in the encoding ${known.slice(0, 40)}; ${READ}`);
  const isMarked = withoutMark(bytes) !== bytes;
  if (known.startsWith('UTF-16') !== (wide !== null) || (isMarked && known !== 'UTF-8'))
    throw invalid(`is not in the encoding that it declares, ${known}`);
  if (known === 'ISO-8859-1') return bytes.toString('latin1');
  if (known === 'US-ASCII' && bytes.some((byte) => byte > 0x7f)) throw invalid('is not US-ASCII text');
  return strict(bytes, wide ?? 'UTF-8');
}

function wideEncoding(bytes: Buffer): 'UTF-16LE' | 'UTF-16BE' | null {
  const start = bytes.toString('hex', 0, 2);
  if (start === 'fffe' || start === '3c00') return 'UTF-16LE';
  return start === 'feff' || start === '003c' ? 'UTF-16BE' : null;
}

function strict(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid(`is not ${encoding} text`);
  }
}

/** The bytes without the byte order mark of UTF-8; the same object if there is none. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.toString('hex', 0, 3) === 'efbbbf' ? bytes.subarray(3) : bytes;
}

function checkElements(text: string): void {
  const parser = new SaxesParser({ defaultXMLVersion: '1.0', forceXMLVersion: true });
  let depth = 0;
  parser.on('error', ({ message }) => {
    throw invalid(`is not well-formed XML: ${message.slice(0, 200)}`);
  });
  parser.on('doctype', (doctype) => {
    if (!DOCTYPE.test(doctype)) throw invalid('defines entities or elements, or names its document type wrongly');
  });
  parser.on('opentag', ({ name }) => {
    depth += 1;
    if (depth === 1 && name !== 'comps') throw invalid('has another root element than comps');
    if (depth > MAX_DEPTH) throw invalid(`is nested deeper than ${MAX_DEPTH}`);
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  parser.write(text).close();
}

function invalid(why: string): PortFailure {
  return new PortFailure('UploadInvalid', `the comps file ${why}`);
}
