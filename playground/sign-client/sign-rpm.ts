import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { headerSize, LEAD_SIZE, paddingAfter, parseHeader, serializeHeader, type HeaderEntry } from './rpm-header.js';
import type { DigestSigner } from './signd-client.js';

const TAG = { rsa: 268, sha1: 269, sha256: 273, openpgp: 278, size: 1000, pgp: 1002, md5: 1004, reserved: 1008 };
/** Tags of a signed package. */
const SIGNED = [267, 268, 278, 1002, 1005];
const RESERVED = [1008, 999];
const BINARY = 7;
const TEXTS = 8;
/** The byte of the lead that is 4 in a package of format 6. */
const FORMAT_AT = 4;

type Package = {
  readonly lead: Buffer;
  readonly entries: readonly HeaderEntry[];
  /** Size of the signature header, from its magic. */
  readonly signatureSize: number;
  /** Offsets of the main header and of the payload. */
  readonly mainAt: number;
  readonly payloadAt: number;
};

/** Signs a package by writing a new file and renaming it; false if it is already signed. */
export async function signRpm(file: string, signer: DigestSigner): Promise<boolean> {
  const rpm = await readPackage(file);
  if (rpm.entries.some(({ tag }) => SIGNED.includes(tag))) return false;
  const onlyWhole = !rpm.entries.some(({ tag }) => tag === TAG.sha1 || tag === TAG.sha256);
  const { whole, header, md5, size } = await hashContent(file, rpm, signer);
  const stated = rpm.entries.find(({ tag }) => tag === TAG.md5)?.data;
  if (stated !== undefined && !stated.equals(md5)) throw new Error(`${file}: MD5 sum does not match`);
  const statedSize = rpm.entries.find(({ tag }) => tag === TAG.size)?.data.readUInt32BE(0);
  if (statedSize !== undefined && statedSize !== size) throw new Error(`${file}: size does not match`);

  if (rpm.lead[FORMAT_AT] === 4) {
    const [ofHeader = Buffer.alloc(0)] = await signer.sign([header]);
    const data = Buffer.from(`${ofHeader.toString('base64')}\0`, 'latin1');
    await writeSigned(file, rpm, [{ tag: TAG.openpgp, type: TEXTS, count: 1, data }]);
    return true;
  }
  const [ofWhole, ofHeader] = await signer.sign(onlyWhole ? [whole] : [whole, header]);
  const added = [entry(TAG.pgp, ofWhole), entry(TAG.rsa, ofHeader)].filter((one) => one !== null);
  await writeSigned(file, rpm, added);
  return true;
}

function entry(tag: number, data: Buffer | undefined): HeaderEntry | null {
  return data === undefined ? null : { tag, type: BINARY, count: data.length, data };
}

async function readPackage(file: string): Promise<Package> {
  const handle = await open(file);
  try {
    const lead = await readExactly(handle, 0, LEAD_SIZE);
    if (lead.readUInt32BE(0) !== 0xedabeedb || ![3, 4].includes(lead[4] ?? 0)) throw new Error(`${file}: not an RPM`);
    const signature = await readHeader(handle, LEAD_SIZE);
    const mainAt = LEAD_SIZE + signature.length + paddingAfter(signature.length);
    const main = headerSize(await readExactly(handle, mainAt, 16));
    const { entries } = parseHeader(signature);
    return { lead, entries, signatureSize: signature.length, mainAt, payloadAt: mainAt + main };
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, at: number): Promise<Buffer> {
  return readExactly(handle, at, headerSize(await readExactly(handle, at, 16)));
}

async function readExactly(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw new Error('RPM ends early');
  return buffer;
}

/** Digests of main header and payload, and of only the header, each followed by the signer's trailer. */
async function hashContent(
  file: string,
  rpm: Package,
  { hash, trailer }: DigestSigner,
): Promise<{ readonly whole: Buffer; readonly header: Buffer; readonly md5: Buffer; readonly size: number }> {
  const [whole, header, md5] = [createHash(hash), createHash(hash), createHash('md5')];
  let size = 0;
  const update = async (start: number, end: number | undefined, hashes: readonly Hash[]): Promise<void> => {
    const range = { start, ...(end === undefined ? {} : { end: end - 1 }), highWaterMark: 1024 * 1024 };
    for await (const chunk of createReadStream(file, range) as AsyncIterable<Buffer>) {
      for (const one of hashes) one.update(chunk);
      size += chunk.length;
    }
  };
  await update(rpm.mainAt, rpm.payloadAt, [whole, header, md5]);
  await update(rpm.payloadAt, undefined, [whole, md5]);
  const finish = (one: Hash): Buffer => one.update(trailer).digest();
  return { whole: finish(whole), header: finish(header), md5: md5.digest(), size };
}

/** The reserved space shrinks by the size of the signatures, so that the file keeps its size if possible. */
async function writeSigned(file: string, rpm: Package, added: readonly HeaderEntry[]): Promise<void> {
  const reserved = rpm.entries.find(({ tag }) => RESERVED.includes(tag));
  const rest = rpm.entries.filter((one) => one !== reserved);
  let bytes = serializeHeader([...rpm.entries, ...added]);
  if (reserved !== undefined) {
    const growth = bytes.length - rpm.signatureSize;
    const count = Math.max(1, reserved.count - growth);
    const shrunk = { ...reserved, count, data: Buffer.alloc(count) };
    bytes = serializeHeader([...rest, shrunk, ...added]);
  }
  const temporary = `${file}.sIgN${process.pid}`;
  try {
    const output = createWriteStream(temporary, { flags: 'wx' });
    output.write(Buffer.concat([rpm.lead, bytes, Buffer.alloc(paddingAfter(bytes.length))]));
    await pipeline(createReadStream(file, { start: rpm.mainAt, highWaterMark: 1024 * 1024 }), output);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
