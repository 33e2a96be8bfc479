import { XMLParser } from 'fast-xml-parser';
import { PortFailure } from '../../ports/port-failure.js';

/** Elements deeper than this are no comps file's: groups hold lists of packages, and that is all. */
const MAX_DEPTH = 20;
/** Comment, CDATA, declaration, or a tag with well-formed attributes; each alternative begins with what no other does. */
const TAG =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!DOCTYPE[^<>]*>|<(\/?)([A-Za-z_][\w.:-]*)(?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\/?>/g;

/**
 * Rejects what is no comps file: createrepo_c would put anything into the metadata, and dnf of every user would read it.
 * A document type may be named (comps files have one) but define nothing: entities are how small files grow.
 */
export function checkComps(bytes: Buffer): void {
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') || text.includes('\u0000')) throw invalid('is not UTF-8 text');
  if (/<!(ENTITY|ELEMENT|ATTLIST|NOTATION)|<!DOCTYPE[^>[]*\[/i.test(text))
    throw invalid('defines entities or elements');
  checkTags(text);
  const parser = new XMLParser({ processEntities: false, parseTagValue: false, ignoreAttributes: true });
  const document = parser.parse(text) as Readonly<Record<string, unknown>>;
  const roots = Object.keys(document).filter((name) => !name.startsWith('?'));
  if (roots.length !== 1 || roots[0] !== 'comps' || Array.isArray(document['comps']))
    throw invalid('has another root element than comps');
}

/**
 * Walks the tags before a parser recurses into them: each is closed by its own name, and none lies deeper than a comps
 * file needs. What is no tag may hold no `<`.
 */
function checkTags(text: string): void {
  const open: string[] = [];
  const rest = text.replaceAll(TAG, (tag: string, slash?: string, name?: string) => {
    if (name === undefined || tag.endsWith('/>')) return '';
    if (slash === '') open.push(name);
    else if (open.pop() !== name) throw invalid(`is not well-formed: </${name.slice(0, 50)}> closes another element`);
    if (open.length > MAX_DEPTH) throw invalid(`is nested deeper than ${MAX_DEPTH}`);
    return '';
  });
  if (rest.includes('<')) throw invalid('is not well-formed: a < begins no tag');
  if (open.length > 0) throw invalid(`is not well-formed: <${(open.at(-1) ?? '').slice(0, 50)}> is not closed`);
}

function invalid(why: string): PortFailure {
  return new PortFailure('UploadInvalid', `the comps file ${why}`, { retryable: false });
}
