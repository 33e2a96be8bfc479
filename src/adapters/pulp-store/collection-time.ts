import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic-file.js';
import { orNull } from '../files/storage-failure.js';

const CollectionTime = z.object({ due: z.number().nullable() });
/** When a superseded version may first be due, in milliseconds since the epoch; null: none waits. */
export type CollectionTime = z.infer<typeof CollectionTime>;

/**
 * The time of the next collection, in a file of the chroot directory, so that not every publication asks Pulp which
 * versions there are. Null: not known.
 */
export async function readCollectionTime(chrootDir: string): Promise<CollectionTime | null> {
  const text = await orNull(readFile(fileOf(chrootDir), 'utf8'));
  if (text === null) return null;
  try {
    return CollectionTime.parse(JSON.parse(text));
  } catch {
    // Damaged: Pulp is asked.
    return null;
  }
}

/** Does nothing if the directory is gone. */
export async function writeCollectionTime(chrootDir: string, time: CollectionTime): Promise<void> {
  await orNull(writeFileAtomic(fileOf(chrootDir), JSON.stringify(time)));
}

function fileOf(chrootDir: string): string {
  return path.join(chrootDir, '.pulp-collection.json');
}
