import { type Document, isMap, isScalar, parseAllDocuments } from 'yaml';
import { PortFailure } from '../../ports/port-failure.js';

/** Documents one modules.yaml may have: streams of a project. */
const MAX_DOCUMENTS = 1000;

/**
 * The text of a modules.yaml with `added` in the place of the document of the same module, or behind the others.
 * `packages` (name-epoch:version-release.arch) are named as the module's where the document names none.
 * Rejects `UploadInvalid` where `added` is not one modulemd document.
 */
export function withModule(
  existing: string | null,
  added: string,
  facts: { readonly arch: string; readonly packages: readonly string[] },
): string {
  const [document, ...more] = documentsOf(added);
  if (document === undefined || more.length > 0) throw invalid('is not one YAML document');
  if (!isModule(document)) throw invalid('is not a modulemd document with name and stream');
  if (document.getIn(['data', 'arch']) === undefined) document.setIn(['data', 'arch'], facts.arch);
  if (document.getIn(['data', 'artifacts', 'rpms']) === undefined && facts.packages.length > 0)
    document.setIn(['data', 'artifacts', 'rpms'], [...facts.packages]);
  const others = (existing === null ? [] : documentsOf(existing)).filter((other) => keyOf(other) !== keyOf(document));
  if (others.length >= MAX_DOCUMENTS) throw invalid(`would be one of more than ${MAX_DOCUMENTS} in this repository`);
  return [...others, document]
    .map((one) => `---\n${one.toString({ directives: false, lineWidth: 0 }).trimEnd()}\n`)
    .join('');
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, { version: '1.2', merge: false, uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  const [problem] = documents.flatMap((document) => document.errors);
  if (problem !== undefined) throw invalid(`is not YAML: ${problem.message.split('\n')[0] ?? ''}`);
  // Anchors are how small files grow, and modulemd uses none.
  if (/(^|[\s[{,])[&*][A-Za-z0-9_]+(\s|$)/m.test(text) && documents.some((document) => hasAlias(document)))
    throw invalid('has aliases');
  return (documents as readonly Document.Parsed[]).filter((document) => document.contents !== null);
}

function hasAlias(document: Document): boolean {
  try {
    document.toJS({ maxAliasCount: 0 });
    return false;
  } catch {
    return true;
  }
}

function isModule(document: Document): boolean {
  const text = (...path: readonly string[]): boolean => {
    const node: unknown = document.getIn(path, true);
    return isScalar(node) && (typeof node.value === 'string' || typeof node.value === 'number');
  };
  const kind: unknown = document.get('document');
  return (
    (kind === 'modulemd' || kind === 'modulemd-stream') &&
    isMap(document.get('data')) &&
    text('data', 'name') &&
    text('data', 'stream')
  );
}

/** Name, stream, version, context and architecture name a module (modulemd's NSVCA); other documents are only themselves. */
function keyOf(document: Document): string {
  const facts = ['name', 'stream', 'version', 'context', 'arch'].map((name) => document.getIn(['data', name]) ?? null);
  return JSON.stringify([document.get('document'), ...facts]);
}

function invalid(why: string): PortFailure {
  return new PortFailure('UploadInvalid', `the module's document ${why}`, { retryable: false });
}
