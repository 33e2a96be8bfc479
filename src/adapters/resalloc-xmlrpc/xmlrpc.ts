import { XMLParser } from 'fast-xml-parser';
import { decodeEntities } from '../xml/entities.js';

/**
 * The part of XML-RPC that Resalloc speaks (docs/neighbours/resalloc.md#calls): calls with integers, strings and
 * arrays; answers with the nil extension, base64 with white space, and faults. No document type, no attributes, no
 * entities but the five predefined ones.
 */
export type XmlRpcParam = string | number | readonly XmlRpcParam[];

export type XmlRpcValue =
  null | boolean | number | string | Buffer | readonly XmlRpcValue[] | { readonly [name: string]: XmlRpcValue };

/** The server's own refusal (docs/neighbours/resalloc.md#calls: any Python exception). */
export class XmlRpcFault extends Error {
  override readonly name = 'XmlRpcFault';
  readonly faultCode: number;

  constructor(faultCode: number, faultString: string) {
    super(faultString);
    this.faultCode = faultCode;
  }
}

/**
 * The document of a call. Throws RangeError for values that XML cannot carry: control characters, lone surrogates,
 * fractions.
 */
export function encodeCall(method: string, params: readonly XmlRpcParam[]): string {
  const encoded = params.map((param) => `<param>${encodeValue(param)}</param>`).join('');
  return `<?xml version='1.0'?>\n<methodCall><methodName>${escapeText(method)}</methodName><params>${encoded}</params></methodCall>`;
}

/** The value of an answer. Throws XmlRpcFault for a fault, SyntaxError for anything that is not a whole answer. */
export function decodeResponse(document: string): XmlRpcValue {
  // Only a document type could declare entities.
  if (/<!DOCTYPE/i.test(document)) throw new SyntaxError('a document type is not accepted');
  // The parser accepts a truncated document, so the structure is checked element by element.
  if (!/<\/methodResponse>\s*$/.test(document)) throw new SyntaxError('not a whole methodResponse');
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: true,
    ignoreDeclaration: true,
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    cdataPropName: CDATA,
    maxNestedTags: 64,
  });
  const response = only(elements(parser.parse(document)), 'methodResponse');
  const [body, ...more] = elements(response);
  if (body === undefined || more.length > 0) throw new SyntaxError('a methodResponse has one child');
  if (body.tag === 'fault') throw toFault(decodeValue(only(elements(body), 'value')));
  if (body.tag !== 'params') throw new SyntaxError(`unexpected <${body.tag}>`);
  return decodeValue(only(elements(only(elements(body), 'param')), 'value'));
}

const TEXT = '#text';
const CDATA = '#cdata';

type Element = { readonly tag: string; readonly children: unknown };

function encodeValue(value: XmlRpcParam): string {
  if (typeof value === 'string') return `<value><string>${escapeText(value)}</string></value>`;
  if (typeof value !== 'number') return `<value><array><data>${value.map(encodeValue).join('')}</data></array></value>`;
  if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff)
    throw new RangeError(`${value} is not a 32 bit integer`);
  return `<value><int>${value}</int></value>`;
}

function escapeText(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly the characters XML 1.0 cannot carry
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text)) {
    throw new RangeError(`${JSON.stringify(text).slice(0, 100)} has a character that XML cannot carry`);
  }
  // A bare carriage return would become a line feed.
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

function decodeValue(value: Element): XmlRpcValue {
  const [typed, ...more] = elements(value);
  if (typed === undefined) return textOf(value);
  if (more.length > 0) throw new SyntaxError('a value has one type');
  switch (typed.tag) {
    case 'nil':
      return null;
    case 'boolean':
      return oneOf(textOf(typed).trim(), { '0': false, '1': true });
    case 'int':
    case 'i4':
    case 'i8':
      return integer(textOf(typed).trim());
    case 'string':
      return textOf(typed);
    case 'base64':
      return Buffer.from(textOf(typed).replace(/\s+/g, ''), 'base64');
    case 'array':
      return elements(only(elements(typed), 'data')).map((item) => decodeValue(named(item, 'value')));
    case 'struct':
      return Object.fromEntries(elements(typed).map((member) => decodeMember(named(member, 'member'))));
    default:
      throw new SyntaxError(`unknown type <${typed.tag}>`);
  }
}

function decodeMember(member: Element): [string, XmlRpcValue] {
  const [name, value, ...more] = elements(member);
  if (name === undefined || value === undefined || more.length > 0)
    throw new SyntaxError('a member has a name and a value');
  return [textOf(named(name, 'name')), decodeValue(named(value, 'value'))];
}

function toFault(value: XmlRpcValue): Error {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value))
    return new SyntaxError('a fault is a struct');
  const { faultCode, faultString } = value as Readonly<Record<string, XmlRpcValue | undefined>>;
  return new XmlRpcFault(
    typeof faultCode === 'number' ? faultCode : 0,
    typeof faultString === 'string' ? faultString : '',
  );
}

/** The child elements; text between them (indentation) is ignored. */
function elements(node: unknown): readonly Element[] {
  return childrenOf(node).flatMap((child) =>
    Object.entries(child)
      .filter(([tag]) => tag !== TEXT && tag !== CDATA && tag !== ':@' && !tag.startsWith('?'))
      .map(([tag, children]) => ({ tag, children })),
  );
}

function textOf(element: Element): string {
  return childrenOf(element)
    .map((child) => {
      const text = child[TEXT];
      if (typeof text === 'string') return decodeEntities(text);
      const [raw] = childrenOf(child[CDATA]);
      return typeof raw?.[TEXT] === 'string' ? raw[TEXT] : '';
    })
    .join('');
}

function childrenOf(node: unknown): readonly Record<string, unknown>[] {
  const children = typeof node === 'object' && node !== null && 'children' in node ? node.children : node;
  return Array.isArray(children) ? (children as Record<string, unknown>[]) : [];
}

function only(found: readonly Element[], tag: string): Element {
  const [first, ...more] = found;
  if (first === undefined || more.length > 0) throw new SyntaxError(`expected one <${tag}>`);
  return named(first, tag);
}

function named(element: Element, tag: string): Element {
  if (element.tag !== tag) throw new SyntaxError(`expected <${tag}>, found <${element.tag}>`);
  return element;
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new SyntaxError('not an integer');
  return value;
}

function oneOf<T>(text: string, values: Readonly<Record<string, T>>): T {
  const value = values[text];
  if (value === undefined) throw new SyntaxError('not a boolean');
  return value;
}
