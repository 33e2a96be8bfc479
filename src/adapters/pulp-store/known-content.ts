import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic-file.js';
import { PULP_CONTENT } from '../file-tree/at-pulp.js';
import { orNull } from '../files/storage-failure.js';
import { Unit } from '../pulp/answers.js';

/** The facts about a package that are needed to compare a version with the wanted one. */
const ListedUnit = Unit.pick({ pulp_href: true, sha256: true, name: true, version: true, release: true, arch: true });
export type ListedUnit = z.infer<typeof ListedUnit>;

const Content = z.object({ version: z.string(), units: z.array(ListedUnit) });
/** A version of a repository, and its packages. */
export type Content = { readonly version: string; readonly units: readonly ListedUnit[] };

/**
 * The version whose packages were read last, in a file of the chroot directory; null: none. A version never changes, so
 * this cannot be out of date: it is of another version, or right. It saves the listing of the whole repository.
 */
export async function readKnownContent(chrootDir: string, name: string): Promise<Content | null> {
  const text = await orNull(readFile(fileOf(chrootDir, name), 'utf8'));
  if (text === null) return null;
  const read = Content.safeParse(parsed(text));
  return read.success ? read.data : null;
}

/** Does nothing if the directory is gone: its repository goes, too. */
export async function writeKnownContent(chrootDir: string, name: string, content: Content): Promise<void> {
  const units = content.units.map((unit) => ListedUnit.parse(unit));
  await orNull(writeFileAtomic(fileOf(chrootDir, name), JSON.stringify({ version: content.version, units })));
}

function fileOf(chrootDir: string, name: string): string {
  return path.join(chrootDir, `${PULP_CONTENT}${path.basename(name)}.json`);
}

/** Anything for a damaged file: it is made again. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
