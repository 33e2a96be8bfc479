import { gunzipSync, gzipSync } from 'node:zlib';

/** Largest uncompressed size of a gzip member; those made here are far smaller. */
const MAX_OPEN_BYTES = 512 * 1024 * 1024;

/** The bytes are not a gzip member, or it is damaged. */
export class DamagedMember extends Error {}

/**
 * One complete gzip member. A gzip file may be a sequence of members, and its content is their concatenated content
 * (RFC 1952, 2.2).
 */
export function toMember(body: Buffer): Buffer {
  return gzipSync(body, { level: 6 });
}

/** The content of one member; checks its CRC-32 and length. */
export function fromMember(member: Buffer): Buffer {
  // The last four bytes hold the length; a buffer of that size avoids joining chunks.
  const size = member.length < 18 ? 0 : member.readUInt32LE(member.length - 4);
  const chunkSize = Math.min(Math.max(size + 1, 64), MAX_OPEN_BYTES);
  try {
    const body = gunzipSync(member, { chunkSize, maxOutputLength: MAX_OPEN_BYTES });
    if (body.length === size) return body;
  } catch (error) {
    throw new DamagedMember('a gzip member is damaged', { cause: error });
  }
  throw new DamagedMember('a gzip member is not alone');
}
