import { createHash } from 'node:crypto';
import type { DigestSigner } from './signd-client.js';

/** Armored detached signature of some bytes. */
export async function signDetached(content: Buffer, signer: DigestSigner): Promise<string> {
  const digest = createHash(signer.hash).update(content).update(signer.trailer).digest();
  const [packet = Buffer.alloc(0)] = await signer.sign([digest]);
  const lines = packet.toString('base64').match(/.{1,64}/g) ?? [];
  const sum = Buffer.from([0, 0, 0]);
  sum.writeUIntBE(crc24(packet), 0, 3);
  const body = [...lines, `=${sum.toString('base64')}`];
  return `-----BEGIN PGP SIGNATURE-----\n\n${body.join('\n')}\n-----END PGP SIGNATURE-----\n`;
}

/** The checksum of an armored text (RFC 4880 §6.1). */
function crc24(bytes: Buffer): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
}
