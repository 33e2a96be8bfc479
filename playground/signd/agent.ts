import { connect } from 'node:net';
import type { HashName } from './packets.js';

const TIMEOUT_MS = 60_000;

/**
 * Asks a gpg-agent to sign a digest with the unprotected RSA key of this keygrip: gpg itself signs only data, but
 * signd's clients send digests. Resolves with the one number of the signature.
 */
export async function signDigest(
  socket: string,
  request: { readonly keygrip: string; readonly hash: HashName; readonly digest: Buffer },
): Promise<Buffer> {
  const digest = request.digest.toString('hex').toUpperCase();
  const commands = [`SIGKEY ${request.keygrip}`, `SETHASH --hash=${request.hash} ${digest}`, 'PKSIGN'];
  return rsaNumber(await converse(socket, commands));
}

/** Sends Assuan commands one after the other; resolves with the data of all answers. */
function converse(socket: string, commands: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    const data: Buffer[] = [];
    const pending = [...commands];
    let rest = Buffer.alloc(0);
    const end = (error: Error | null): void => {
      connection.destroy();
      if (error === null) resolve(Buffer.concat(data));
      else reject(error);
    };
    const onLine = (line: Buffer): void => {
      const word = line.toString('latin1');
      if (word.startsWith('D ')) data.push(unescape(line.subarray(2)));
      else if (word.startsWith('ERR ')) end(new Error(`gpg-agent: ${word.slice(4)}`));
      else if (word.startsWith('INQUIRE '))
        end(new Error(`gpg-agent asks for ${word.slice(8)}: is the key protected?`));
      else if (word === 'OK' || word.startsWith('OK ')) {
        const command = pending.shift();
        if (command === undefined) end(null);
        else connection.write(`${command}\n`);
      }
    };
    connection.setTimeout(TIMEOUT_MS, () => end(new Error('gpg-agent does not answer')));
    connection.on('error', end);
    connection.on('close', () => end(new Error('gpg-agent hung up')));
    connection.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let cut = rest.indexOf(0x0a); cut >= 0; cut = rest.indexOf(0x0a)) {
        onLine(rest.subarray(0, cut));
        rest = rest.subarray(cut + 1);
      }
    });
  });
}

/** Data lines encode percent signs and line ends as `%25`, `%0A`, `%0D`. */
function unescape(line: Buffer): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at] ?? 0;
    if (byte === 0x25) bytes.push(Number.parseInt(line.toString('latin1', at + 1, (at += 2) + 1), 16));
    else bytes.push(byte);
  }
  return Buffer.from(bytes);
}

/** `(7:sig-val(3:rsa(1:s256:…)))`. */
function rsaNumber(expression: Buffer): Buffer {
  const head = /^\(7:sig-val\(3:rsa\(1:s(\d+):/.exec(expression.toString('latin1'));
  if (head === null) throw new Error('gpg-agent answered with no RSA signature');
  return expression.subarray(head[0].length, head[0].length + Number(head[1]));
}
