import { gunzipSync, gzipSync } from 'node:zlib';

/** A gzip member may not grow beyond this; those made here are smaller by far. */
const MAX_OPEN_BYTES = 512 * 1024 * 1024;

/** A member of a gzip file that is none, or is damaged. */
export class DamagedMember extends Error {}

/** One complete gzip member: members in a row are a gzip file of what they hold in a row (RFC 1952, 2.2). */
export function toMember(body: Buffer): Buffer {
  return gzipSync(body, { level: 6 });
}

/** What one member holds; its CRC-32 and length are checked. */
export function fromMember(member: Buffer): Buffer {
  // The length stands in the last four bytes; with room for all of it nothing has to be put together.
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
