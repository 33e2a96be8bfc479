/** OpenPGP signature packets as exchanged by signd and its client (docs/neighbours/signing.md#signd). */

export type HashName = 'sha1' | 'sha256' | 'sha512';

/** OpenPGP's number and the length in bytes of each hash. */
export const HASHES: Readonly<Record<HashName, { readonly number: number; readonly length: number }>> = {
  sha1: { number: 2, length: 20 },
  sha256: { number: 8, length: 32 },
  sha512: { number: 10, length: 64 },
};

const SIGNATURE_TAG = 0x88;
/** Marks the client's request for the fingerprint: this byte, repeated to the length of the hash. */
export const PROBE_BYTE = 0x04;

/** The content of a signature: class and time are part of the packet, the digest is used unchanged. */
export type Signed = {
  readonly digest: Buffer;
  readonly signatureClass: number;
  /** Unix seconds. */
  readonly time: number;
};

export type Issuer = {
  readonly fingerprint: Buffer;
  /** RSA is 1. */
  readonly algorithm: number;
  readonly hash: HashName;
};

export function packet(body: Buffer): Buffer {
  if (body.length < 256) return Buffer.concat([Buffer.from([SIGNATURE_TAG, body.length]), body]);
  return Buffer.concat([Buffer.from([SIGNATURE_TAG | 1, body.length >> 8, body.length & 0xff]), body]);
}

/** The body of an old-format signature packet. */
export function packetBody(bytes: Buffer): Buffer {
  const lengthBytes = bytes[0] === SIGNATURE_TAG ? 1 : bytes[0] === (SIGNATURE_TAG | 1) ? 2 : 0;
  if (lengthBytes === 0 || bytes.length < 1 + lengthBytes) throw new Error('not a signature packet');
  const length = bytes.readUIntBE(1, lengthBytes);
  const body = bytes.subarray(1 + lengthBytes, 1 + lengthBytes + length);
  if (body.length !== length) throw new Error('truncated signature packet');
  return body;
}

/** A number in OpenPGP's format: its length in bits, then its bytes without leading zeros. */
export function mpi(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const bytes = first < 0 ? Buffer.alloc(0) : number.subarray(first);
  const bits = bytes.length === 0 ? 0 : (bytes.length - 1) * 8 + (32 - Math.clz32(bytes[0] ?? 0));
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), bytes]);
}

/** A key id is the end of a fingerprint. */
export function keyIdOf(fingerprint: Buffer): Buffer {
  return fingerprint.subarray(-8);
}

export function v3Packet(issuer: Issuer, signed: Signed, signature: Buffer): Buffer {
  return packet(
    Buffer.concat([
      ...[Buffer.from([3, 5, signed.signatureClass]), uint32(signed.time), keyIdOf(issuer.fingerprint)],
      Buffer.from([issuer.algorithm, HASHES[issuer.hash].number]),
      ...[signed.digest.subarray(0, 2), signature],
    ]),
  );
}

/** The part of a v4 signature that is signed along with the data: signer and time. */
export function v4Hashed(issuer: Issuer, signed: Pick<Signed, 'signatureClass' | 'time'>): Buffer {
  return Buffer.concat([
    Buffer.from([4, signed.signatureClass, issuer.algorithm, HASHES[issuer.hash].number, 0, 0x1d, 0x16, 0x21, 4]),
    ...[issuer.fingerprint, Buffer.from([5, 2]), uint32(signed.time)],
  ]);
}

/** Hashed after the data for a v4 signature. */
export function v4Trailer(hashed: Buffer): Buffer {
  return Buffer.concat([hashed, Buffer.from([4, 0xff]), uint32(hashed.length)]);
}

/** Hashed after the data for a v3 signature. */
export function v3Trailer(signed: Pick<Signed, 'signatureClass' | 'time'>): Buffer {
  return Buffer.concat([Buffer.from([signed.signatureClass]), uint32(signed.time)]);
}

export function v4Packet(issuer: Issuer, signed: Signed, signature: Buffer): Buffer {
  const unhashed = Buffer.concat([Buffer.from([0, 10, 9, 0x10]), keyIdOf(issuer.fingerprint)]);
  return packet(Buffer.concat([v4Hashed(issuer, signed), unhashed, signed.digest.subarray(0, 2), signature]));
}

/** The facts that a client takes from the answer to its probe. */
export function readProbe(bytes: Buffer): Issuer {
  const body = packetBody(bytes);
  const hash = (Object.keys(HASHES) as HashName[]).find((name) => HASHES[name].number === body[3]);
  const isFingerprint = body[0] === 4 && body[6] === 0x16 && body[7] === 0x21 && body[8] === 4;
  if (!isFingerprint || hash === undefined || body[2] === undefined) throw new Error('no fingerprint in the probe');
  return { algorithm: body[2], hash, fingerprint: Buffer.from(body.subarray(9, 29)) };
}

/** The numbers of a v3 packet, after checking that it answers this digest and is by this issuer. */
export function signatureOf(bytes: Buffer, issuer: Issuer, digest: Buffer): Buffer {
  const body = packetBody(bytes);
  if (body[0] !== 3 || body[1] !== 5) throw new Error('not a v3 signature');
  if (!body.subarray(7, 15).equals(keyIdOf(issuer.fingerprint))) throw new Error('signature of another key');
  if (body[15] !== issuer.algorithm || body[16] !== HASHES[issuer.hash].number) throw new Error('another algorithm');
  if (!body.subarray(17, 19).equals(digest.subarray(0, 2))) throw new Error('signature of another digest');
  return body.subarray(19);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
