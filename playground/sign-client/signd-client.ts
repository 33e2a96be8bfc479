import { connect } from 'node:net';
import {
  HASHES,
  PROBE_BYTE,
  readProbe,
  signatureOf,
  v3Trailer,
  v4Hashed,
  v4Packet,
  v4Trailer,
  type HashName,
  type Issuer,
} from '../signd/packets.js';
import { decodeList, decodeReply, encodeRequest, type SigndRequest } from '../signd/wire.js';

/** A refusal by signd: its text, and the client's exit status. */
export class SigndRefusal extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text.trimEnd());
    this.status = status;
  }
}

export type SigndAddress = { readonly server: string; readonly port: number };

/** Sends one request on its own connection. */
export async function ask(address: SigndAddress, request: SigndRequest): Promise<Buffer> {
  const reply = decodeReply(await exchange(address, encodeRequest(request)));
  if (reply.status !== 0) throw new SigndRefusal(reply.status, reply.err);
  return reply.out;
}

function exchange({ server, port }: SigndAddress, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: server, port }, () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => reject(new Error(`connect to ${server}:${port}: ${error.message}`)));
    socket.on('end', () => {
      socket.end();
      resolve(Buffer.concat(chunks));
    });
  });
}

/** Makes signatures of one kind for one user. */
export type DigestSigner = {
  readonly hash: HashName;
  /** Hashed after the data. */
  readonly trailer: Buffer;
  /** Makes signature packets for digests that include the trailer. */
  readonly sign: (digests: readonly Buffer[]) => Promise<readonly Buffer[]>;
};

/** Asks for the key's fingerprint if the signatures have to name it (`-4`, docs/neighbours/signing.md#signd). */
export async function createDigestSigner(
  address: SigndAddress,
  how: { readonly user: string; readonly hash: HashName; readonly version: 3 | 4 },
): Promise<DigestSigner> {
  const { user, hash } = how;
  const prefix = hash === 'sha1' ? '' : `${hash.toUpperCase()}:`;
  const signed = { signatureClass: 0, time: Math.floor(Date.now() / 1000) };
  const issuer = how.version === 4 ? await probe(address, user, hash, prefix) : null;
  return {
    hash,
    trailer: issuer === null ? v3Trailer(signed) : v4Trailer(v4Hashed(issuer, signed)),
    sign: async (digests) => {
      const args = digests.map((digest) => `${digest.toString('hex')}@00${signed.time.toString(16).padStart(8, '0')}`);
      const [only = ''] = args;
      const packets =
        args.length === 1
          ? [await ask(address, { kind: 'old', user, arg: `${prefix}${only}` })]
          : decodeList(await ask(address, { kind: 'new', args: ['sign', `${prefix}${user}`, ...args] }));
      if (packets.length !== digests.length) throw new Error('signd sent another number of signatures');
      if (issuer === null) return packets;
      return packets.map((bytes, index) => {
        const digest = digests[index] ?? Buffer.alloc(0);
        return v4Packet(issuer, { ...signed, digest }, signatureOf(bytes, issuer, digest));
      });
    },
  };
}

async function probe(address: SigndAddress, user: string, hash: HashName, prefix: string): Promise<Issuer> {
  const digest = Buffer.alloc(HASHES[hash].length, PROBE_BYTE).toString('hex');
  return readProbe(await ask(address, { kind: 'old', user, arg: `${prefix}${digest}@0000000000` }));
}
