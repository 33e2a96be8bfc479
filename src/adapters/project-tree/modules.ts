import { type Document, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml';
import { PortFailure } from '../../ports/port-failure.js';
import { joinDocuments, splitDocuments } from './yaml-documents.js';

/** Maximum number of documents, that is, streams of a project, in one modules.yaml. */
const MAX_DOCUMENTS = 1000;
/** libmodulemd reads versions as unsigned 64-bit numbers, and skips a module with any other version. */
const MAX_VERSION = 2n ** 64n - 1n;

/**
 * The text of a modules.yaml in which `added` replaces the document of the same module, or follows the others. Other
 * documents keep their bytes, and so does `added` if it has its own architecture and packages; otherwise they are
 * filled in, `packages` as name-epoch:version-release.arch. Rejects with `UploadInvalid` if `added` is not one modulemd
 * document, or if `existing` cannot be read.
 */
export function withModule(
  existing: string | null,
  added: string,
  facts: { readonly arch: string; readonly packages: readonly string[] },
): string {
  const known = readDocuments(existing ?? '', 'the existing modules.yaml');
  const [module, ...more] = readDocuments(added, "the module's document");
  if (module === undefined || more.length > 0) throw invalid("the module's document is not one YAML document");
  checkModule(module.document);
  const isFilled = fillIn(module.document, facts);
  const text = isFilled ? module.document.toString({ lineWidth: 0 }) : module.text;
  const key = keyOf(module.document);
  const place = known.findIndex(({ document }) => keyOf(document) === key);
  const others = known.filter(({ document }) => keyOf(document) !== key);
  if (others.length >= MAX_DOCUMENTS)
    throw invalid(`the module's document would be one of more than ${MAX_DOCUMENTS} in this repository`);
  const texts = others.map((other) => other.text);
  texts.splice(place < 0 ? texts.length : place, 0, text);
  return joinDocuments(texts);
}

/** Rejects with `UploadInvalid` for bytes that would hide every module from clients: not YAML, or not UTF-8. */
export function checkModules(bytes: Buffer): void {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw invalid('the modules.yaml is not UTF-8 text');
  readDocuments(text, 'the modules.yaml');
}

type ReadDocument = { readonly text: string; readonly document: Document.Parsed };

/** libmodulemd reads each scalar as text: 5.10 is not 5.1, and 6e715131 is not a number. */
function readDocuments(text: string, what: string): readonly ReadDocument[] {
  return splitDocuments(text).flatMap((one) => {
    const document = parseDocument(one, { schema: 'failsafe', resolveKnownTags: false, merge: false });
    const [problem] = document.errors;
    // A document that is not YAML hides the whole file from clients.
    if (problem !== undefined) throw invalid(`${what} is not YAML: ${problem.message.split('\n')[0] ?? ''}`);
    return isEmpty(document) ? [] : [{ text: one, document }];
  });
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && (contents.value === null || contents.value === ''));
}

function checkModule(document: Document): void {
  // Anchors can make small files expand, and libmodulemd does not read them.
  visit(document, {
    Alias: () => {
      throw invalid("the module's document has aliases");
    },
  });
  const isNamed = ['name', 'stream'].every((name) => (textOf(document, 'data', name) ?? '') !== '');
  if (kindOf(document) !== MODULE || !isMap(document.get('data')) || !isNamed)
    throw invalid("the module's document is not a modulemd document with name and stream");
  const version = textOf(document, 'data', 'version');
  if (document.hasIn(['data', 'version']) && versionOf(version) === null)
    throw invalid("the module's document has a version that is not a whole number below 2^64");
}

/** Fills in missing or empty fields; true if there were any. */
function fillIn(document: Document, facts: { readonly arch: string; readonly packages: readonly string[] }): boolean {
  const isMissing = (...path: readonly string[]): boolean =>
    !isCollection(document.getIn(path)) && (textOf(document, ...path) ?? '') === '';
  const lacksArch = isMissing('data', 'arch');
  const lacksPackages = facts.packages.length > 0 && isMissing('data', 'artifacts', 'rpms');
  if (lacksArch) document.setIn(['data', 'arch'], document.createNode(facts.arch));
  if (lacksPackages) {
    if (isMissing('data', 'artifacts')) document.setIn(['data', 'artifacts'], document.createNode({}));
    else if (!isMap(document.getIn(['data', 'artifacts'])))
      throw invalid("the module's document has no map of artifacts");
    document.setIn(['data', 'artifacts', 'rpms'], document.createNode([...facts.packages]));
  }
  return lacksArch || lacksPackages;
}

const MODULE = 'modulemd';

/** The kind of a module's document has two names, which mean the same to libmodulemd. */
function kindOf(document: Document): string | null {
  const kind = textOf(document, 'document');
  return kind === 'modulemd-stream' ? MODULE : kind;
}

/**
 * Name, stream, version, context and architecture identify a module (modulemd's NSVCA); other documents are identical
 * only to themselves.
 */
function keyOf(document: Document): string | Document {
  if (kindOf(document) !== MODULE) return document;
  const [version = null, ...texts] = ['version', 'name', 'stream', 'context', 'arch'].map((name) =>
    textOf(document, 'data', name),
  );
  return JSON.stringify([versionOf(version) ?? version, ...texts]);
}

/** As libmodulemd counts: 007 is 7. */
function versionOf(text: string | null): string | null {
  if (text === null || !/^\d{1,30}$/.test(text)) return null;
  const version = BigInt(text);
  return version <= MAX_VERSION ? String(version) : null;
}

/** Null: there is no scalar. */
function textOf(document: Document, ...path: readonly string[]): string | null {
  if (!isCollection(document.contents)) return null;
  const node: unknown = document.getIn(path, true);
  return isScalar(node) && typeof node.value === 'string' ? node.value : null;
}

function invalid(why: string): PortFailure {
  return new PortFailure('UploadInvalid', why);
}
