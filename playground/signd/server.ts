import { createServer, type AddressInfo, type Socket } from 'node:net';
import pLimit from 'p-limit';
import type { Log } from '../loopback/log-line.js';
import { issuerOf, openKeyRing, type KeyRing, type RingKey } from './key-ring.js';
import { HASHES, mpi, PROBE_BYTE, v3Packet, v4Packet, type HashName, type Signed } from './packets.js';
import { decodeRequest, encodeList, encodeReply, type SigndReply, type SigndRequest } from './wire.js';

export type SigndOptions = {
  readonly port: number;
  readonly gnupgHome: string;
  /** Directory with a file for each user who has a key. */
  readonly phrases: string;
  /** Requests processed in parallel; further ones wait (docs/neighbours/signing.md#signd). */
  readonly parallel?: number;
  readonly log: Log;
};

export type RunningSignd = { readonly port: number; readonly close: () => Promise<void> };

const SILENCE_MS = 60_000;

/** A refusal with signd's text; the client prints it and exits with status 1. */
class Refusal extends Error {}

/** A signing daemon with real gpg keys, on loopback (docs/neighbours/signing.md#signd). */
export async function startSignd(options: SigndOptions): Promise<RunningSignd> {
  const ring = openKeyRing(options);
  const limit = pLimit(options.parallel ?? 10);
  const connections = new Set<Socket>();

  async function answer(request: SigndRequest): Promise<SigndReply> {
    try {
      const out = await limit(() => execute(ring, request));
      return { status: 0, out, err: '' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Refusal)) options.log(`a request failed: ${message}`);
      return { status: 1, out: Buffer.alloc(0), err: `${message}\n` };
    }
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    let received = Buffer.alloc(0);
    let isAnswered = false;
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    socket.on('end', () => {
      if (!isAnswered) socket.destroy();
    });
    socket.on('data', (chunk) => {
      if (isAnswered) return;
      received = Buffer.concat([received, chunk]);
      let request: SigndRequest | null;
      try {
        request = decodeRequest(received);
      } catch (error) {
        isAnswered = true;
        const reason = error instanceof Error ? error.message : String(error);
        socket.end(encodeReply({ status: 1, out: Buffer.alloc(0), err: `bad request: ${reason}\n` }));
        return;
      }
      if (request === null) return;
      isAnswered = true;
      void answer(request).then((reply) => socket.end(encodeReply(reply)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of connections) connection.destroy();
      await closed;
      await ring.close();
    },
  };
}

async function execute(ring: KeyRing, request: SigndRequest): Promise<Buffer> {
  if (request.kind === 'ping') return Buffer.alloc(0);
  if (request.kind === 'old') {
    const { hash, rest } = splitHash(request.arg);
    const key = await keyOf(ring, request.user);
    if (rest === 'PUBKEY') return Buffer.from(await ring.armored(key));
    return signOne(ring, key, hash, rest);
  }
  const [command, who = '', ...args] = request.args;
  if (command === 'ping') return encodeList([]);
  const { hash, rest: user } = splitHash(who);
  if (command !== 'sign' && command !== 'pubkey') throw new Refusal(`unsupported command: ${command ?? ''}`);
  const key = await keyOf(ring, user);
  if (command === 'pubkey') return encodeList([Buffer.from(await ring.armored(key))]);
  if (args.length === 0) throw new Refusal('sign: nothing to sign');
  return encodeList(await Promise.all(args.map((arg) => signOne(ring, key, hash, arg))));
}

/** `<HASH>:rest`; without a hash it is SHA1. */
function splitHash(text: string): { readonly hash: HashName; readonly rest: string } {
  const [, name, rest] = /^(SHA1|SHA256|SHA512):(.*)$/s.exec(text) ?? [];
  if (name === undefined || rest === undefined) return { hash: 'sha1', rest: text };
  return { hash: name.toLowerCase() as HashName, rest };
}

async function keyOf(ring: KeyRing, user: string): Promise<RingKey> {
  if (user.includes('/') || user.startsWith('.') || user === '') throw new Refusal(`bad user: ${user}`);
  const key = ring.knows(user) ? await ring.find(user) : null;
  if (key === null) throw new Refusal(`unknown key: ${user}`);
  return key;
}

/** `<digest>@<class, 2 hex><time, 8 hex>` */
async function signOne(ring: KeyRing, key: RingKey, hash: HashName, arg: string): Promise<Buffer> {
  const [, digestHex, classHex, timeHex] = /^([0-9a-f]+)@([0-9a-f]{2})([0-9a-f]{8})$/i.exec(arg) ?? [];
  if (digestHex?.length !== HASHES[hash].length * 2 || classHex === undefined || timeHex === undefined)
    throw new Refusal(`bad digest for ${hash}`);
  if (key.isExpired) throw new Refusal('gpg: signing failed: Unusable secret key');
  const digest = Buffer.from(digestHex, 'hex');
  const signed: Signed = {
    digest,
    signatureClass: Number.parseInt(classHex, 16),
    time: Number.parseInt(timeHex, 16),
  };
  const write = digest.every((byte) => byte === PROBE_BYTE) ? v4Packet : v3Packet;
  const number = await ring.sign(key, { hash, digest });
  return write(issuerOf(key, hash), signed, mpi(number));
}
