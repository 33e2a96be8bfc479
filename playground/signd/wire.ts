/**
 * Encoding of signd's protocol (docs/neighbours/signing.md#signd): 16 bit integers, big endian; one request and one
 * reply per connection.
 */

export type SigndRequest =
  | { readonly kind: 'ping' }
  /** Old style: an export, or one digest. */
  | { readonly kind: 'old'; readonly user: string; readonly arg: string }
  /** New style: a command, a user (perhaps with a hash before it), and arguments. */
  | { readonly kind: 'new'; readonly args: readonly string[] };

export type SigndReply = { readonly status: number; readonly out: Buffer; readonly err: string };

const MAX_REQUEST = 4 + 0xffff * 2;

function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

export function encodeRequest(request: SigndRequest): Buffer {
  switch (request.kind) {
    case 'ping':
      return uint16(0, 0);
    case 'old': {
      const [user, arg] = [Buffer.from(request.user), Buffer.from(request.arg)];
      return Buffer.concat([uint16(user.length, arg.length), user, arg]);
    }
    case 'new': {
      const args = request.args.map((arg) => Buffer.from(arg));
      const rest = Buffer.concat([uint16(args.length, ...args.map((arg) => arg.length)), ...args]);
      return Buffer.concat([uint16(rest.length, 0), rest]);
    }
  }
}

/** Decodes a request; null while bytes are missing. Throws an Error with the reason for anything else. */
export function decodeRequest(bytes: Buffer): SigndRequest | null {
  if (bytes.length > MAX_REQUEST) throw new Error('request too long');
  if (bytes.length < 4) return null;
  const [first, second] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  if (second === 0 && first === 0) return { kind: 'ping' };
  const body = bytes.subarray(4, 4 + first + second);
  if (body.length < first + second) return null;
  if (second > 0) return { kind: 'old', user: text(body.subarray(0, first)), arg: text(body.subarray(first)) };
  return { kind: 'new', args: decodeList(body).map(text) };
}

/** `count, length…, data…`: arguments of a new-style request, results of its reply. */
export function decodeList(bytes: Buffer): readonly Buffer[] {
  const count = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  let at = 2 + count * 2;
  if (at > bytes.length) throw new Error('bad list');
  const items: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = at + bytes.readUInt16BE(2 + index * 2);
    if (end > bytes.length) throw new Error('bad list');
    items.push(bytes.subarray(at, end));
    at = end;
  }
  return items;
}

export function encodeList(items: readonly Buffer[]): Buffer {
  return Buffer.concat([uint16(items.length, ...items.map((item) => item.length)), ...items]);
}

export function encodeReply({ status, out, err }: SigndReply): Buffer {
  const [data, message] = [status === 0 ? out : Buffer.alloc(0), Buffer.from(err)];
  return Buffer.concat([uint16(status, data.length, message.length), data, message]);
}

/** Decodes a complete reply. Throws for anything else, and for an incomplete one. */
export function decodeReply(bytes: Buffer): SigndReply {
  if (bytes.length < 6) throw new Error('reply too short');
  const [status, out, err] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2), bytes.readUInt16BE(4)];
  if (bytes.length < 6 + out + err) throw new Error('reply truncated');
  return { status, out: bytes.subarray(6, 6 + out), err: bytes.subarray(6 + out, 6 + out + err).toString('utf8') };
}

/** Arguments are UTF-8 without control characters. */
function text(bytes: Buffer): string {
  const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (/\p{Cc}/u.test(decoded)) throw new Error('control character in an argument');
  return decoded;
}
