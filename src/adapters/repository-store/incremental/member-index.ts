import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { digestOf } from '../../files/digest.js';
import { byKind, KINDS, type ByKind } from './documents.js';

const Size = z.int().positive();
/** A file may have more than the three documents; the others are ignored. */
const SizeByKind = z.object(byKind(() => Size));

/** One gzip member of each document: its compressed bytes, its number of packages, and the location of the last one. */
const Member = z.object({ packages: Size, last: z.string(), bytes: SizeByKind });
export type Member = z.infer<typeof Member>;

/**
 * Positions of the members in one generation's documents: a head, consecutive members, a tail. `checksums` are the
 * sha256 of the published files; the index is valid only for these.
 */
const MemberIndex = z.object({
  checksums: z.object(byKind(() => z.string())),
  heads: SizeByKind,
  tails: SizeByKind,
  members: z.array(Member).readonly(),
});
export type MemberIndex = z.infer<typeof MemberIndex>;

/** Entries that are not an index, perhaps from another version, are ignored. */
const Indexes = z.array(MemberIndex.nullable().catch(null)).catch([]);

/** One index has some kilobytes; a file this large is not ours. */
const MAX_BYTES = 16 * 1024 * 1024;
/**
 * The newest and the one before it, so that the index of the live metadata survives a run that is killed before its own
 * goes live.
 */
const KEPT = 2;

/** The index of the metadata with these checksums; null if there is none or the file is damaged. */
export async function readMemberIndex(file: string, checksums: ByKind<string>): Promise<MemberIndex | null> {
  return (await readAll(file)).find((index) => isOf(index, checksums)) ?? null;
}

/** Puts `index` in front of the entries in the file. Nothing is synced: a lost index is rebuilt from the metadata. */
export async function keepMemberIndex(file: string, index: MemberIndex): Promise<void> {
  const others = (await readAll(file)).filter((other) => !isOf(other, index.checksums));
  const text = JSON.stringify([index, ...others].slice(0, KEPT));
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, `${digestOf(text)}\n${text}`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readAll(file: string): Promise<readonly MemberIndex[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch {
    return [];
  }
  const newline = content.indexOf('\n');
  const text = content.slice(newline + 1);
  if (content.length > MAX_BYTES || digestOf(text) !== content.slice(0, newline)) return [];
  return Indexes.parse(JSON.parse(text)).filter((index) => index !== null);
}

function isOf(index: MemberIndex, checksums: ByKind<string>): boolean {
  return KINDS.every((kind) => index.checksums[kind] === checksums[kind]);
}
