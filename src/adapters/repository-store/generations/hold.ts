import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Hold } from '../../../contracts/repository/repository.js';
import { writeFileAtomic } from '../../files/atomic-file.js';
import { orNull } from '../../files/storage-failure.js';
import { generationsDirectory } from './generations.js';

const HoldFile = z.object({
  generation: z.string(),
  since: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
});

/** The hold on a repository; null: none. Its file is beside the metadata and is deleted with it. */
export async function readHold(live: string): Promise<Hold | null> {
  const text = await orNull(readFile(holdFile(live), 'utf8'));
  return text === null ? null : HoldFile.parse(JSON.parse(text));
}

export async function writeHold(live: string, hold: Hold): Promise<void> {
  await writeFileAtomic(holdFile(live), JSON.stringify(hold));
}

export async function removeHold(live: string): Promise<void> {
  await rm(holdFile(live), { force: true });
}

function holdFile(live: string): string {
  return path.join(generationsDirectory(live), 'hold.json');
}
