/** A STOMP 1.2 frame, headers in their order. */
export type StompFrame = {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', ':': '\\c' };
const UNESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r', c: ':' };
/** Frames of the handshake are not escaped, for the sake of STOMP 1.0. */
const isPlain = (command: string): boolean => command === 'CONNECT' || command === 'CONNECTED';

export function encodeFrame({ command, headers, body }: StompFrame): Buffer {
  const escape = (text: string): string =>
    isPlain(command) ? text : text.replace(/[\\\n\r:]/g, (char) => ESCAPES[char] ?? char);
  const content = Buffer.from(body, 'utf8');
  const all = { ...headers, ...(content.length > 0 ? { 'content-length': String(content.length) } : {}) };
  const lines = Object.entries(all).map(([key, value]) => `${escape(key)}:${escape(value)}\n`);
  return Buffer.concat([Buffer.from(`${command}\n${lines.join('')}\n`, 'utf8'), content, Buffer.of(0)]);
}

/** Takes the first whole frame off `bytes`; null when there is none yet. Newlines between frames are heartbeats. */
export function decodeFrame(bytes: Buffer): { readonly frame: StompFrame; readonly rest: Buffer } | null {
  let start = 0;
  while (bytes[start] === 0x0a || bytes[start] === 0x0d) start += 1;
  const separator = /\r?\n\r?\n/.exec(bytes.toString('latin1', start));
  if (separator === null) return null;
  const head = bytes.toString('utf8', start, start + separator.index);
  const bodyStart = start + separator.index + separator[0].length;
  const [command = '', ...lines] = head.split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, key = '', value = ''] = /^([^:]*):(.*)$/s.exec(line) ?? [];
    const [name, text] = isPlain(command) ? [key, value] : [unescape(key), unescape(value)];
    headers[name] ??= text; // the first of a repeated header counts
  }
  const length = headers['content-length'];
  const end = length === undefined ? bytes.indexOf(0, bodyStart) : bodyStart + Number(length);
  if (end === -1 || end >= bytes.length) return null;
  return { frame: { command, headers, body: bytes.toString('utf8', bodyStart, end) }, rest: bytes.subarray(end + 1) };
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (whole, char: string) => UNESCAPES[char] ?? whole);
}
