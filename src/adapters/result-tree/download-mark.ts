import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { walkTree } from '../rsync/local-tree.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { exists } from '../files/entries.js';
import { DOWNLOADED } from '../file-tree/own-names.js';
import { orNull } from '../files/storage-failure.js';

const Mark = z.object({ ticket: z.number(), staging: z.string(), files: z.number(), bytes: z.number() });

/** Records that a staging directory holds everything that the builder of a ticket sent. */
export async function markDownloaded(directory: string, mark: z.infer<typeof Mark>): Promise<void> {
  await writeFileAtomic(path.join(directory, DOWNLOADED), JSON.stringify(mark));
}

/**
 * Name of the staging directory that holds the download from this ticket's builder, or null. The mark was synced but
 * the files were not: after a power loss some may be short, so they are counted.
 */
export async function findDownloaded(directory: string, stagingRoot: string, ticket: number): Promise<string | null> {
  const text = await orNull(readFile(path.join(directory, DOWNLOADED), 'utf8'));
  if (text === null) return null;
  const mark = Mark.parse(JSON.parse(text));
  const staging = path.join(stagingRoot, path.basename(mark.staging));
  if (mark.ticket !== ticket || !(await exists(staging))) return null;
  let files = 0;
  let bytes = 0;
  for await (const entry of walkTree(staging)) {
    if (entry.type !== 'file') continue;
    files += 1;
    bytes += entry.size;
  }
  return files === mark.files && bytes === mark.bytes ? path.basename(staging) : null;
}
