import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOfFile } from '../../files/digest.js';
import { statOf } from '../../files/entries.js';
import { orNull } from '../../files/storage-failure.js';
import { readPrimary, type Packages } from './primary.js';
import { parseRepomd, type MetadataFile, type Repomd } from './repomd.js';

const MAX_REPOMD_BYTES = 4 * 1024 * 1024;

/** Complete metadata. */
export type Metadata = { readonly repomd: Repomd; readonly packages: Packages };

/** What was found at a metadata place: complete metadata, or the first problem that a client would have. */
export type MetadataReading =
  (Metadata & { readonly state: 'whole' }) | { readonly state: 'damaged'; readonly why: string };

/**
 * A metadata place: the directory of the files, and the repomd.xml that lists them; a generation's repomd.xml is
 * elsewhere.
 */
export type MetadataPlace = { readonly repodata: string; readonly repomd: string };

/** The usual place. */
export function placeOf(repodata: string): MetadataPlace {
  return { repodata, repomd: path.join(repodata, 'repomd.xml') };
}

/** Reads a repomd.xml; null if it is missing or invalid. */
export async function readRepomd(file: string): Promise<Repomd | null> {
  const stats = await statOf(file);
  if (stats?.isFile() !== true || stats.size > MAX_REPOMD_BYTES) return null;
  const text = await orNull(readFile(file, 'utf8'));
  return text === null ? null : parseRepomd(text);
}

/** The first problem that a client would have, judged only by names and sizes; null if everything is there. */
export async function findGap({ repodata, repomd: repomdFile }: MetadataPlace): Promise<string | null> {
  const repomd = await readRepomd(repomdFile);
  if (repomd === null) return 'repomd.xml is missing or unreadable';
  if (!repomd.files.some((file) => file.type === 'primary')) return 'repomd.xml names no primary metadata';
  for (const file of repomd.files) {
    const stats = await statOf(path.join(repodata, file.name));
    if (stats?.isFile() !== true) return `${file.name} is missing`;
    if (stats.size !== file.size) return `${file.name} has another size than repomd.xml states`;
  }
  return null;
}

/** Reads metadata and verifies it: every file has the size and the checksum that repomd.xml states. */
export async function readMetadata(place: MetadataPlace): Promise<MetadataReading> {
  const { repodata } = place;
  const gap = await findGap(place);
  const repomd = await readRepomd(place.repomd);
  if (gap !== null || repomd === null) return damaged(gap ?? 'repomd.xml is missing');
  for (const file of repomd.files) {
    if (!(await hasChecksum(repodata, file)))
      return damaged(`${file.name} has another checksum than repomd.xml states`);
  }
  const primary = repomd.files.find((file) => file.type === 'primary');
  const packages = primary === undefined ? null : await readPrimary(path.join(repodata, primary.name));
  return packages === null ? damaged('the primary metadata is damaged') : { state: 'whole', repomd, packages };
}

function damaged(why: string): MetadataReading {
  return { state: 'damaged', why };
}

async function hasChecksum(repodata: string, file: MetadataFile): Promise<boolean> {
  return (await digestOfFile(path.join(repodata, file.name), file.algorithm)) === file.checksum;
}
