import { XMLParser } from 'fast-xml-parser';

/** An XML-RPC value; `bytes` is sent as base64. */
export type RpcValue =
  | null
  | boolean
  | number
  | string
  | { readonly bytes: string }
  | readonly RpcValue[]
  | { readonly [member: string]: RpcValue };

export type MethodCall = { readonly method: string; readonly params: readonly RpcValue[] };

type Node = Readonly<Record<string, readonly Node[] | string>>;

const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, trimValues: false, ignoreAttributes: true });

/** Parses a `methodCall`; throws for anything else. */
export function parseCall(xml: string): MethodCall {
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) throw new Error('document types are not accepted');
  const call = children(parser.parse(xml) as Node[], 'methodCall')[0];
  if (call === undefined) throw new Error('not a methodCall');
  const method = text(children(call, 'methodName')[0] ?? []).trim();
  const params = children(children(call, 'params')[0] ?? [], 'param');
  return { method, params: params.map((param) => decode(children(param, 'value')[0] ?? [])) };
}

/** Bodies of the child elements with this name. */
function children(nodes: readonly Node[], name: string): (readonly Node[])[] {
  return nodes.flatMap((node) => {
    const body = node[name];
    return body === undefined || typeof body === 'string' ? [] : [body];
  });
}

function text(nodes: readonly Node[]): string {
  return nodes.map((node) => (typeof node['#text'] === 'string' ? node['#text'] : '')).join('');
}

function decode(value: readonly Node[]): RpcValue {
  const typed = value.find((node) => !('#text' in node));
  if (typed === undefined) return text(value);
  const [type = '', body = []] = Object.entries(typed)[0] ?? [];
  const nodes = typeof body === 'string' ? [] : body;
  switch (type) {
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(text(nodes).trim());
    case 'boolean':
      return text(nodes).trim() === '1';
    case 'string':
      return text(nodes);
    case 'base64':
      return { bytes: Buffer.from(text(nodes), 'base64').toString('latin1') };
    case 'nil':
      return null;
    case 'array':
      return children(children(nodes, 'data')[0] ?? [], 'value').map(decode);
    case 'struct':
      return Object.fromEntries(
        children(nodes, 'member').map((member) => [
          text(children(member, 'name')[0] ?? []),
          decode(children(member, 'value')[0] ?? []),
        ]),
      );
    default:
      throw new Error(`unknown type ${type}`);
  }
}

/** A `methodResponse` with one value. */
export function encodeResponse(value: RpcValue): string {
  return document(`<params>\n<param>\n${encode(value)}\n</param>\n</params>`);
}

/** A fault in the form of Python's server: code 1 and `<class '…'>:<text>`. */
export function encodeFault(fault: string): string {
  return document(`<fault>\n${encode({ faultCode: 1, faultString: fault })}\n</fault>`);
}

function document(body: string): string {
  return `<?xml version='1.0'?>\n<methodResponse>\n${body}\n</methodResponse>\n`;
}

function encode(value: RpcValue): string {
  if (value === null) return '<value><nil/></value>';
  if (typeof value === 'boolean') return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if (typeof value === 'number') return `<value><int>${value}</int></value>`;
  if (typeof value === 'string') return `<value><string>${escape(value)}</string></value>`;
  if (isList(value)) return `<value><array><data>\n${value.map(encode).join('\n')}\n</data></array></value>`;
  if (isBytes(value)) return `<value><base64>\n${wrapped(value.bytes)}</base64></value>`;
  const members = Object.entries(value).map(
    ([name, member]) => `<member>\n<name>${escape(name)}</name>\n${encode(member)}\n</member>\n`,
  );
  return `<value><struct>\n${members.join('')}</struct></value>`;
}

function isList(value: object): value is readonly RpcValue[] {
  return Array.isArray(value);
}

function isBytes(value: object): value is { readonly bytes: string } {
  return 'bytes' in value && typeof value.bytes === 'string';
}

/**
 * base64 with a line break every 76 characters and at the end, like the real server's
 * (docs/neighbours/resalloc.md#calls).
 */
function wrapped(bytes: string): string {
  const base64 = Buffer.from(bytes, 'utf8').toString('base64');
  return base64.replace(/.{1,76}/g, (line) => `${line}\n`);
}

function escape(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
