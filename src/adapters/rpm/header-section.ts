import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Layout of a package file: a lead, a header of signatures padded to eight bytes, the header
 * (docs/neighbours/signing.md#signatures-in-a-package).
 */
const LEAD = 96;
const LEAD_MAGIC = 0xed_ab_ee_db;
const HEADER_MAGIC = 0x8e_ad_e8_01;
const INTRO = 16;
const ENTRY = 16;
/** rpm's own limits for a header: entries, and bytes of their values. */
const MAX_ENTRIES = 65_536;
const MAX_BYTES = 256 * 1024 * 1024;

/** A header in a package file, read only as far as requested. */
export type Section = {
  readonly entries: readonly Entry[];
  /**
   * At most `most` bytes from the start of an entry's value, including what follows it; null if the file ends before
   * that.
   */
  readonly bytesOf: (entry: Entry, most: number) => Promise<Buffer | null>;
};

export type Entry = {
  readonly tag: number;
  readonly type: number;
  readonly offset: number;
};

/**
 * Opens a package and passes its two headers to `work`; null for a file that is not a package or is truncated before
 * the end of its header. Reads only kilobytes, however large the file is; verifies no checksum.
 */
export async function withHeaders<T>(
  file: string,
  work: (headers: { readonly signatures: Section; readonly header: Section }) => Promise<T>,
): Promise<T | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const lead = await read(handle, 0, 4);
    if (lead?.readUInt32BE(0) !== LEAD_MAGIC) return null;
    const signatures = await readSection(handle, LEAD);
    const header = signatures === null ? null : await readSection(handle, Math.ceil(signatures.end / 8) * 8);
    return signatures === null || header === null ? null : await work({ signatures, header });
  } finally {
    await handle.close();
  }
}

async function readSection(handle: FileHandle, at: number): Promise<(Section & { readonly end: number }) | null> {
  const intro = await read(handle, at, INTRO);
  if (intro?.readUInt32BE(0) !== HEADER_MAGIC) return null;
  const [entries, bytes] = [intro.readUInt32BE(8), intro.readUInt32BE(12)];
  if (entries > MAX_ENTRIES || bytes > MAX_BYTES) return null;
  const store = at + INTRO + entries * ENTRY;
  const end = store + bytes;
  const rows = await read(handle, at + INTRO, entries * ENTRY);
  if (rows === null || (bytes > 0 && (await read(handle, end - 1, 1)) === null)) return null;
  return {
    entries: Array.from({ length: entries }, (_, index) => entryAt(rows, index * ENTRY)),
    bytesOf: ({ offset }, most) => read(handle, store + offset, Math.min(most, end - store - offset)),
    end,
  };
}

function entryAt(rows: Buffer, at: number): Entry {
  return { tag: rows.readUInt32BE(at), type: rows.readUInt32BE(at + 4), offset: rows.readUInt32BE(at + 8) };
}

/** Reads exactly this many bytes; null if the file has fewer there. */
async function read(handle: FileHandle, at: number, length: number): Promise<Buffer | null> {
  if (length < 0) return null;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return bytesRead === length ? buffer : null;
}
