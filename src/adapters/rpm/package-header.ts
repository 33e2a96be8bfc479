import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { PackageHeader } from '../../domain/rpm-file.js';

/**
 * Layout of a package file: a lead, a header of signatures padded to eight bytes, the header
 * (docs/neighbours/signing.md#signatures-in-a-package).
 */
const LEAD = 96;
const LEAD_MAGIC = 0xed_ab_ee_db;
const HEADER_MAGIC = 0x8e_ad_e8_01;
const INTRO = 16;
const ENTRY = 16;
/** rpm's own bounds of a header: entries, and bytes of their values. */
const MOST_ENTRIES = 65_536;
const MOST_BYTES = 256 * 1024 * 1024;
const LONGEST_TEXT = 4096;

const STRING = 6;
const TAGS = { name: 1000, version: 1001, release: 1002, arch: 1022, sourceRpm: 1044 } as const;

/** Where a header lies in the file: its index, and the store that the index points into. */
type Section = { readonly entries: number; readonly index: number; readonly store: number; readonly end: number };

/**
 * What a package is called, out of its own header; null for a file that is no package, or one cut off before its end of
 * the header. Reads kilobytes of it, however large it is; proves no checksum.
 */
export async function readPackageHeader(file: string): Promise<PackageHeader | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const lead = await read(handle, 0, 4);
    if (lead?.readUInt32BE(0) !== LEAD_MAGIC) return null;
    const signatures = await section(handle, LEAD);
    const header = signatures === null ? null : await section(handle, Math.ceil(signatures.end / 8) * 8);
    if (header === null) return null;
    const texts = await textsOf(handle, header);
    const [name, version, release, arch] = [TAGS.name, TAGS.version, TAGS.release, TAGS.arch].map((tag) =>
      texts?.get(tag),
    );
    if (name === undefined || version === undefined || release === undefined || arch === undefined) return null;
    return { name, version, release, arch, isSource: texts?.has(TAGS.sourceRpm) === false };
  } finally {
    await handle.close();
  }
}

async function section(handle: FileHandle, at: number): Promise<Section | null> {
  const intro = await read(handle, at, INTRO);
  if (intro?.readUInt32BE(0) !== HEADER_MAGIC) return null;
  const [entries, bytes] = [intro.readUInt32BE(8), intro.readUInt32BE(12)];
  if (entries > MOST_ENTRIES || bytes > MOST_BYTES) return null;
  const store = at + INTRO + entries * ENTRY;
  return { entries, index: at + INTRO, store, end: store + bytes };
}

/** The texts of `TAGS` that the header has; null where it ends too early. */
async function textsOf(
  handle: FileHandle,
  { entries, index, store, end }: Section,
): Promise<Map<number, string> | null> {
  const wanted = new Set<number>(Object.values(TAGS));
  const texts = new Map<number, string>();
  const rows = await read(handle, index, entries * ENTRY);
  if (rows === null || (end > store && (await read(handle, end - 1, 1)) === null)) return null;
  for (let row = 0; row < rows.length; row += ENTRY) {
    const [tag, type, offset] = [rows.readUInt32BE(row), rows.readUInt32BE(row + 4), rows.readUInt32BE(row + 8)];
    if (!wanted.has(tag) || type !== STRING) continue;
    const bytes = await read(handle, store + offset, Math.min(LONGEST_TEXT, end - store - offset));
    const length = bytes?.indexOf(0) ?? -1;
    if (bytes === null || length === -1) return null;
    texts.set(tag, bytes.toString('utf8', 0, length));
  }
  return texts;
}

/** Exactly so many bytes; null where the file has fewer there. */
async function read(handle: FileHandle, at: number, length: number): Promise<Buffer | null> {
  if (length < 0) return null;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return bytesRead === length ? buffer : null;
}
