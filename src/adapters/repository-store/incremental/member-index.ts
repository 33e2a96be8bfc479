import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { digestOf } from '../../files/digest.js';
import { byKind, KINDS, type ByKind } from './documents.js';

const Size = z.int().positive();
/** A file may name more than the three documents; only they count. */
const SizeByKind = z.object(byKind(() => Size));

/** One gzip member of each document: its compressed bytes, how many packages it holds, and the place of the last one. */
const Member = z.object({ packages: Size, last: z.string(), bytes: SizeByKind });
export type Member = z.infer<typeof Member>;

/**
 * Where the members of one generation's documents lie: a head, members in a row, a tail. `checksums` are the sha256 of
 * the published files: the index is of these and of no others.
 */
const MemberIndex = z.object({
  checksums: z.object(byKind(() => z.string())),
  heads: SizeByKind,
  tails: SizeByKind,
  members: z.array(Member).readonly(),
});
export type MemberIndex = z.infer<typeof MemberIndex>;

/** What is no index, perhaps of another version, is left out. */
const Indexes = z.array(MemberIndex.nullable().catch(null)).catch([]);

/** One index is some kilobytes; this much is none of ours. */
const MAX_BYTES = 16 * 1024 * 1024;
/** The newest, and the one before it: a run that is killed before its metadata is live has made nothing worthless. */
const KEPT = 2;

/** The index of the metadata with these checksums; null when there is none or the file is damaged. */
export async function readMemberIndex(file: string, checksums: ByKind<string>): Promise<MemberIndex | null> {
  return (await readAll(file)).find((index) => isOf(index, checksums)) ?? null;
}

/** Puts `index` before what stands in the file. A lost index is made anew from the metadata, so nothing is synced. */
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
