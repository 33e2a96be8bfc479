import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { KINDS, type ByKind } from './documents.js';

/** One gzip member of each document: its compressed bytes, how many packages it holds, and the place of the last one. */
export type Member = { readonly packages: number; readonly last: string; readonly bytes: ByKind<number> };

/** Where the members of one generation's documents lie: a head, members in a row, a tail. */
export type MemberIndex = {
  /** sha256 of the published files: the index is of these and of no others. */
  readonly checksums: ByKind<string>;
  readonly heads: ByKind<number>;
  readonly tails: ByKind<number>;
  readonly members: readonly Member[];
};

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
    await writeFile(temporary, `${digest(text)}\n${text}`, { mode: 0o600, flag: 'wx' });
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
  if (content.length > MAX_BYTES || digest(text) !== content.slice(0, newline)) return [];
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter(isIndex) : [];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isOf(index: MemberIndex, checksums: ByKind<string>): boolean {
  return KINDS.every((kind) => index.checksums[kind] === checksums[kind]);
}

function isIndex(value: unknown): value is MemberIndex {
  if (!isObject(value) || !Array.isArray(value['members'])) return false;
  return (
    hasEach(value['checksums'], (one) => typeof one === 'string') &&
    hasEach(value['heads'], isSize) &&
    hasEach(value['tails'], isSize) &&
    value['members'].every(isMember)
  );
}

function isMember(value: unknown): boolean {
  if (!isObject(value) || typeof value['last'] !== 'string') return false;
  return isSize(value['packages']) && hasEach(value['bytes'], isSize);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function hasEach(value: unknown, isRight: (one: unknown) => boolean): boolean {
  return isObject(value) && KINDS.every((kind) => isRight(value[kind]));
}
