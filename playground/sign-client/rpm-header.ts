/**
 * An RPM header: its entries, and the store with their values. Complete enough to add signatures
 * (docs/neighbours/signing.md#signatures-in-a-package) and to write packages for a bench.
 */

export type HeaderEntry = {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Buffer;
};

export type Header = {
  readonly entries: readonly HeaderEntry[];
  /** Bytes from the magic to the end of the store. */
  readonly size: number;
};

export const LEAD_SIZE = 96;
const MAGIC = Buffer.from('8eade80100000000', 'hex');
const INTRO = 16;
const ENTRY = 16;
/** The entry that encloses all others; its value is the last in the store. */
const REGION_TAGS = { signatures: 62, main: 63 };
const REGION_TYPE = 7;
const LARGEST = 256 * 1024 * 1024;

/** Size of one value of each type; the text types, 6, 8 and 9, end with a zero byte each. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 };

/** The size in bytes of the header that begins with these 16. */
export function headerSize(intro: Buffer): number {
  if (!intro.subarray(0, 4).equals(MAGIC.subarray(0, 4))) throw new Error('not an RPM header');
  const size = INTRO + intro.readUInt32BE(8) * ENTRY + intro.readUInt32BE(12);
  if (size > LARGEST) throw new Error('RPM header too large');
  return size;
}

export function parseHeader(bytes: Buffer): Header {
  const count = bytes.readUInt32BE(8);
  const store = bytes.subarray(INTRO + count * ENTRY);
  const entries: HeaderEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = INTRO + index * ENTRY;
    const [tag, type] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    const [offset, items] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
    if (tag === REGION_TAGS.signatures || tag === REGION_TAGS.main) continue;
    entries.push({
      tag,
      type,
      count: items,
      data: store.subarray(offset, offset + valueSize(store, type, offset, items)),
    });
  }
  return { entries, size: bytes.length };
}

function valueSize(store: Buffer, type: number, offset: number, count: number): number {
  const size = SIZES[type];
  if (size !== undefined) return size * count;
  let end = offset;
  for (let item = 0; item < count; item += 1) {
    const zero = store.indexOf(0, end);
    if (zero < 0) throw new Error('text without an end in an RPM header');
    end = zero + 1;
  }
  return end - offset;
}

/** A signature header or main header with these entries, in the order of their tags, all inside one region. */
export function serializeHeader(
  entries: readonly HeaderEntry[],
  which: keyof typeof REGION_TAGS = 'signatures',
): Buffer {
  const sorted = entries.toSorted((one, other) => one.tag - other.tag);
  const index: Buffer[] = [];
  const store: Buffer[] = [];
  let offset = 0;
  const append = (data: Buffer): void => {
    store.push(data);
    offset += data.length;
  };
  for (const { tag, type, count, data } of sorted) {
    const alignment = [3, 4, 5].includes(type) ? (SIZES[type] ?? 1) : 1;
    append(Buffer.alloc((alignment - (offset % alignment)) % alignment));
    index.push(uint32(tag, type, offset, count));
    append(data);
  }
  const total = sorted.length + 1;
  const tag = REGION_TAGS[which];
  const region = uint32(tag, REGION_TYPE, offset, ENTRY);
  append(uint32(tag, REGION_TYPE, (-total * ENTRY) >>> 0, ENTRY));
  return Buffer.concat([MAGIC, uint32(total, offset), region, ...index, ...store]);
}

/** Bytes between a signature header and what follows it. */
export function paddingAfter(size: number): number {
  return (8 - (size % 8)) % 8;
}

/** Numbers of four bytes each, the most significant byte first. */
export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
